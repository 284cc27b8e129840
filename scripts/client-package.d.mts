/** Makes `libs/client/package` ready to be published: ES modules, types and the README. */
export function buildClientPackage(): Promise<void>;
/** Bytes of each entry, minified. */
export function clientSizes(): Promise<Record<string, number>>;
/** What each entry may weigh, minified and without socket.io-client and React. */
export const MAX_MINIFIED_BYTES: Record<'index' | 'react', number>;
