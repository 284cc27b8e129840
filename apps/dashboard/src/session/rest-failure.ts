/** The server refused or could not be asked; what people are told of it are words for its code. */
export class RestFailure extends Error {
  constructor(
    /** As the server says it; empty where it did not answer. */
    message: string,
    /** Of HTTP; 0 for none. */
    readonly status: number,
    /** Of the catalogue of errors; undefined where something else answered in the server's place. */
    readonly code?: string,
    /** What else the server says: lines about fields, or facts. */
    readonly details?: unknown,
  ) {
    super(message);
    this.name = 'RestFailure';
  }
}
