/** Makes `libs/client/package` ready to be published: ES modules, types and the README. */
export function buildClientPackage(): Promise<void>;
/** Bytes of all entries together, minified. */
export function clientSize(): Promise<number>;
/** What the client may weigh, minified and without socket.io-client and React. */
export const MAX_MINIFIED_BYTES: number;
