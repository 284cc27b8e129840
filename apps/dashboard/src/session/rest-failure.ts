/** The server refused or could not be asked; `message` is for the viewer. */
export class RestFailure extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
    this.name = 'RestFailure';
  }
}
