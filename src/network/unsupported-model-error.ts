/** A file that was read and holds no network that can be drawn: what, where, what to do. */
export class UnsupportedModelError extends Error {
  override readonly name = 'UnsupportedModelError';

  constructor(what: string, where: string, advice: string) {
    super(`${what} (${where}). ${advice}`);
  }
}
