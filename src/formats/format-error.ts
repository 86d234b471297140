/**
 * What a reader throws when a file cannot be read: what is wrong, where in the file, and what the person can do.
 * The message is the whole sentence, so that it survives being sent between threads.
 */
export class FormatError extends Error {
  override readonly name = 'FormatError';

  constructor(
    readonly what: string,
    readonly where: string,
    readonly advice: string,
  ) {
    super(`${what} (${where}). ${advice}`);
  }
}
