/** Choosing labelled images, and how their pixels become numbers. */
import { useRef } from 'react';
import { SCALINGS, type Scaling } from '../../images';
import { messageOf } from '../worker-clients';
import { chooseImages, chooseScaling, useImages } from './measuring';

const SCALING_WORDS: Readonly<Record<Scaling, string>> = {
  zoo: 'pixels as the zoo’s',
  standardised: 'pixels standardised',
  unit: 'pixels 0 to 1',
  signed: 'pixels −1 to 1',
  bytes: 'pixels 0 to 255',
};

interface ImagesChooserProps {
  /** On the button while no images have been chosen. */
  readonly ask: string;
  readonly onError: (message: string) => void;
}

export function ImagesChooser({ ask, onError }: ImagesChooserProps) {
  const fileRef = useRef<HTMLInputElement>(null);
  const images = useImages((state) => state.images);
  const reading = useImages((state) => state.reading);
  const scaling = useImages((state) => state.scaling);
  return (
    <p className="images-chooser">
      <button
        type="button"
        disabled={reading !== undefined}
        title="CIFAR-10’s test_batch (for Python, or .bin), or an .npz with uint8 images and labels. They stay on this machine."
        onClick={() => fileRef.current?.click()}
      >
        {reading === undefined ? (images ? 'Other images…' : ask) : `Reading ${reading}…`}
      </button>
      {images && (
        <label title="How the network was trained to see pixels: its file does not say">
          <span className="visually-hidden">Pixels</span>
          <select value={scaling} onChange={({ target }) => chooseScaling(target.value as Scaling)}>
            {SCALINGS.filter((one) => one !== 'zoo' || images.channels === 3).map((one) => (
              <option key={one} value={one}>
                {SCALING_WORDS[one]}
              </option>
            ))}
          </select>
        </label>
      )}
      <input
        ref={fileRef}
        type="file"
        hidden
        aria-label="Labelled images"
        onChange={({ target }) => {
          const file = target.files?.[0];
          target.value = '';
          if (file) chooseImages(file.name, file).catch((error: unknown) => onError(messageOf(error)));
        }}
      />
    </p>
  );
}
