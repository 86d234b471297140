/** What is shown, as a picture to keep: in pixels of any size, or vectors. */
import type { PictureForm } from '../graph-view/save-picture';
import { Popover } from '../Popover';

const PICTURES: readonly { form: PictureForm; title: string; note: string }[] = [
  { form: { type: 'png', scale: 1 }, title: 'PNG', note: 'as large as here' },
  { form: { type: 'png', scale: 2 }, title: 'PNG, twice as large', note: 'for slides' },
  { form: { type: 'png', scale: 4 }, title: 'PNG, four times as large', note: 'for posters' },
  { form: { type: 'svg' }, title: 'SVG', note: 'vectors, for papers' },
];

export function PictureMenu({ onSave }: { onSave: (form: PictureForm) => void }) {
  return (
    <Popover label="Picture">
      {(close) => (
        <ul className="menu">
          {PICTURES.map(({ form, title, note }) => (
            <li key={title}>
              <button
                type="button"
                onClick={() => {
                  close();
                  onSave(form);
                }}
              >
                <strong>{title}</strong>
                <span className="muted">{note}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </Popover>
  );
}
