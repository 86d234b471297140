/** Gives a person a file that was made here. */
export function download(name: string, content: BlobPart, type: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** A file's name without its ending, to call what is made from it after it. */
export const withoutEnding = (name: string) => name.replace(/\.\w+$/, '');
