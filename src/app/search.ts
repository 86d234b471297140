/** Whether a text holds every word that is searched for, be they written large or small. */
export function hasAllWords(text: string, query: string): boolean {
  const haystack = text.toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => haystack.includes(word));
}
