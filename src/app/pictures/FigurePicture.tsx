/** The menu that saves a chart as a picture. */
import type { RefObject } from 'react';
import { showError } from '../actions';
import { PictureMenu } from './PictureMenu';
import { saveFigure } from './save-figure';
import { unsaved } from './unsaved';

interface FigurePictureProps {
  /** What holds the chart. */
  readonly figure: RefObject<Element | null>;
  /** Of the file, without its ending. */
  readonly name: string;
  readonly onError?: (message: string) => void;
}

export function FigurePicture({ figure, name, onError = showError }: FigurePictureProps) {
  return (
    <PictureMenu
      onSave={(form) => {
        if (!figure.current) return;
        saveFigure(figure.current, name, form).catch((error: unknown) => onError(unsaved(error)));
      }}
    />
  );
}
