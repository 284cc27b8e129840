import { readFileSync, writeFileSync } from 'node:fs';
import { inRoot, root } from './paths.mjs';
import { quietly } from './quiet.mjs';
import { ensure, fingerprintOf } from './stamp.mjs';

/** Installs the locked packages when the lockfile or the Node that loads native addons changed. */
export async function ensurePackages() {
  const stampFile = inRoot('node_modules/.ridewire-stamp');
  await ensure({
    name: 'packages',
    label: 'installing packages',
    stampFile,
    fingerprint: () =>
      fingerprintOf([
        readFileSync(inRoot('package-lock.json')),
        `${process.platform}-${process.arch}-${process.versions.modules}`,
      ]),
    make: async (fingerprint) => {
      await quietly('npm ci', 'npm', ['ci', '--include=dev', '--no-audit', '--no-fund'], {
        cwd: root,
      });
      writeFileSync(stampFile, fingerprint);
    },
  });
}
