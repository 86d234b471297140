/** The menu that saves a graph as it is seen as a picture. */
import type { RefObject } from 'react';
import type { GraphHandle } from '../graph-view/GraphCanvas';
import { savePicture } from '../graph-view/save-picture';
import { PictureMenu } from './PictureMenu';
import { unsaved } from './unsaved';

interface GraphPictureProps {
  readonly graph: RefObject<GraphHandle | null>;
  /** Of the model's file. */
  readonly modelName: string;
  readonly onError: (message: string) => void;
}

export function GraphPicture({ graph, modelName, onError }: GraphPictureProps) {
  return (
    <PictureMenu
      onSave={(form) => {
        const drawn = graph.current?.drawn();
        if (!drawn) return;
        savePicture(drawn.scene, drawn.view, modelName, form).catch((error: unknown) =>
          onError(unsaved(error)),
        );
      }}
    />
  );
}
