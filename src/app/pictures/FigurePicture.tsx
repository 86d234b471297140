/** The menu that saves a chart as a picture. */
import type { RefObject } from 'react';
import { store } from '../store';
import { messageOf } from '../worker-clients';
import { PictureMenu } from './PictureMenu';
import { saveFigure } from './save-figure';

/** `figure`: what holds the chart; `name`: of the file, without its ending. */
export function FigurePicture({ figure, name }: { figure: RefObject<Element | null>; name: string }) {
  return (
    <PictureMenu
      onSave={(form) => {
        if (!figure.current) return;
        saveFigure(figure.current, name, form).catch((error: unknown) =>
          store.setState({ error: `The picture was not saved: ${messageOf(error)}` }),
        );
      }}
    />
  );
}
