/** How the connections between layers were found: stated by the file, or inferred, from what, and with what taken for granted. */
import type { Inference } from '../../network';

export function Connections({ inference }: { inference: Inference | undefined }) {
  if (!inference) return 'as the file states them';
  return (
    <>
      inferred, and drawn dashed: <strong>{inference.family}</strong>. {inference.reason}.
      {inference.assumptions.length > 0 && (
        <ul className="assumptions">
          {inference.assumptions.map((assumption) => (
            <li key={assumption}>{assumption}.</li>
          ))}
        </ul>
      )}
    </>
  );
}
