/** A tensor's name in a column: the end of a long one is what tells it from the others. */
const MAX_LETTERS = 27;

export function TensorName({ name, title = name }: { name: string; title?: string }) {
  return <span title={title}>{name.length > MAX_LETTERS ? `…${name.slice(1 - MAX_LETTERS)}` : name}</span>;
}
