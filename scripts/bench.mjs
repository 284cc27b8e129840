import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cacheDir, root } from './prepare/paths.mjs';
import { runChild } from './process/child.mjs';
import { instanceFlags } from './process/instance-flags.mjs';
import { findRedis, startRedis } from './redis.mjs';

/** A folder in memory, where the system has one: other programs' disk traffic is not to be measured. */
const memoryDir = '/dev/shm';

/**
 * Measures Ridewire beside its peers on a Redis of its own, which keeps an append-only file as in
 * production.
 * @param {string[]} args
 */
export async function bench(args) {
  const found = await findRedis();
  const dir = mkdtempSync(
    path.join(existsSync(memoryDir) ? memoryDir : tmpdir(), 'ridewire-bench-'),
  );
  const removeDir = () => rmSync(dir, { recursive: true, force: true });
  process.once('exit', removeDir);
  const redis = await startRedis({
    found,
    appendOnly: true,
    dir,
    settings: { appendfsync: 'everysec' },
  });
  try {
    const { code } = await runChild(
      process.execPath,
      [
        // Every server under test gets the flags that the benchmark itself runs with.
        ...instanceFlags,
        'dist/apps/bench/src/main.js',
        `--redis-url=${redis.url}`,
        `--redis-pid=${redis.pid}`,
        `--redis-version=${'version' in found ? found.version : 'imitation'}`,
        `--directory=${path.join(cacheDir, 'bench')}`,
        ...args,
      ],
      { cwd: root },
    );
    return code;
  } finally {
    await redis.stop();
    removeDir();
  }
}
