import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isAlive } from '../process/alive.mjs';

const prefix = 'ridewire-redis-';

/**
 * A folder that is removed at exit. Named after this process, so that the next start finds it when
 * a hard kill left no exit.
 * @returns {{ dir: string, remove: () => void }} to remove it earlier
 */
export function temporaryDir() {
  removeAbandoned();
  const dir = mkdtempSync(path.join(tmpdir(), `${prefix}${process.pid}-`));
  const remove = () => {
    process.off('exit', remove);
    rmSync(dir, { recursive: true, force: true });
  };
  process.once('exit', remove);
  return { dir, remove };
}

function removeAbandoned() {
  for (const name of readdirSync(tmpdir())) {
    const [, pid] = /^ridewire-redis-(\d+)-/.exec(name) ?? [];
    if (!pid || isAlive(Number(pid))) continue;
    try {
      rmSync(path.join(tmpdir(), name), { recursive: true, force: true });
    } catch {
      // It belongs to another user.
    }
  }
}
