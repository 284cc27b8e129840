import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findFakeTime } from '../../../scripts/programs.mjs';

/** The clock that a Redis of a test sees: libfaketime shows it another one than that of the machine. */
export interface RedisClock {
  /** For the server, which is to be started with it. */
  readonly env: NodeJS.ProcessEnv;
  /** From now on, within a second, the server takes it to be so much later; negative for earlier. */
  set(offMs: number): void;
  remove(): void;
}

export async function redisClock(): Promise<RedisClock> {
  const library = await findFakeTime();
  const dir = mkdtempSync(path.join(tmpdir(), 'ridewire-clock-'));
  const file = path.join(dir, 'offset');
  const set = (offMs: number) => {
    // In one step: an empty file would be another time.
    writeFileSync(`${file}.new`, `${offMs < 0 ? '' : '+'}${offMs / 1_000}\n`);
    renameSync(`${file}.new`, file);
  };
  set(0);
  return {
    env: {
      // The memory of libc in place of jemalloc, which asks for the time before the library can tell it.
      LD_PRELOAD: `${library}:libc.so.6`,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_CACHE_DURATION: '1',
      // What counts how long something takes goes on, as it does where a clock is set.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    },
    set,
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}
