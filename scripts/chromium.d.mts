export interface Chromium {
  program: string;
  env: NodeJS.ProcessEnv;
}

/** A Chromium to test pages with; Debian's is unpacked into the cache where there is none. */
export function findChromium(): Promise<Chromium>;
