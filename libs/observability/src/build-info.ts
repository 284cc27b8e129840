import { existsSync, readFileSync } from 'node:fs';

export interface BuildInfo {
  /** Of Ridewire. */
  version: string;
  /** Of Node. */
  node: string;
}

let known: BuildInfo | undefined;

/** Which release this is, by the package.json above the sources or above dist. */
export function buildInfo(): BuildInfo {
  known ??= { version: versionAbove(new URL('.', import.meta.url)), node: process.version };
  return known;
}

function versionAbove(directory: URL): string {
  const file = new URL('package.json', directory);
  if (existsSync(file)) {
    return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
  }
  const parent = new URL('..', directory);
  return parent.href === directory.href ? 'unknown' : versionAbove(parent);
}
