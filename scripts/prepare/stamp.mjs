import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { withLock } from './lock.mjs';
import { step } from './progress.mjs';

/**
 * Something prepared once and kept until what it is made from changes.
 * @typedef {object} Prepared
 * @property {string} name names the lock
 * @property {string} label shown while it is made
 * @property {string} stampFile inside of what is made, so that a half-made or deleted one has none
 * @property {() => string} fingerprint of everything it is made from
 * @property {(fingerprint: string) => Promise<void>} make also writes the stamp, as its last act
 */

/** @param {Prepared} prepared */
export async function ensure(prepared) {
  const fingerprint = prepared.fingerprint();
  if (isFresh(prepared, fingerprint)) return;
  await withLock(prepared.name, async () => {
    if (!isFresh(prepared, fingerprint)) {
      await step(prepared.label, () => prepared.make(fingerprint));
    }
  });
}

/** @param {Prepared} prepared @param {string} fingerprint */
function isFresh({ stampFile }, fingerprint) {
  try {
    return readFileSync(stampFile, 'utf8') === fingerprint;
  } catch {
    return false;
  }
}

/** @param {(string | Buffer)[]} parts */
export function fingerprintOf(parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex');
}
