import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url)).replace(/[\\/]$/, '');

/** Everything the launcher keeps between runs; deleting it costs time only. */
export const cacheDir = path.join(root, '.cache');

/** @param {...string} parts */
export const inRoot = (...parts) => path.join(root, ...parts);
