import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { until } from '#libs/testing';
import { ImageSteps, sizeOf, type Image } from './image-steps.js';

const ROOT = path.resolve(import.meta.dirname, '../../../..');
/** debian:12.12-slim, unpacked. */
const BASE_BYTES = 75_000_000;
const MAX_BYTES = 250_000_000;
const START_TIMEOUT_MS = 60_000;

describe('the image', () => {
  const scratch = mkdtempSync(path.join(tmpdir(), 'ridewire-image-'));
  const steps = new ImageSteps(ROOT, scratch, {
    // The packages and what was built in this checkout, as the launcher finds it right: were a source
    // missing that the build needs, it would build anew, and fail.
    build: (workdir) => {
      symlinkSync(path.join(ROOT, 'node_modules'), path.join(workdir, 'node_modules'));
      for (const made of ['dist', 'apps/dashboard/dist', '.cache/city']) {
        const from = path.join(ROOT, made);
        if (existsSync(from)) cpSync(from, path.join(workdir, made), { recursive: true });
      }
    },
  });
  let image: Image;
  let container: ChildProcess | undefined;

  beforeAll(() => {
    chmodSync(scratch, 0o755);
    image = steps.run(path.join(ROOT, 'Dockerfile'));
  });
  afterAll(() => {
    container?.kill('SIGKILL');
    rmSync(scratch, { recursive: true });
  });

  const environment = (port: string): NodeJS.ProcessEnv => ({
    ...image.env,
    PATH: `${image.root}/usr/local/bin`,
    HOST: '127.0.0.1',
    PORT: port,
    REDIS_URL: inject('redisUrl'),
    REDIS_KEY_PREFIX: `image-${process.pid}:`,
    JWT_ACCESS_SECRET: 'test-access-secret-of-32-characters!',
    JWT_REFRESH_SECRET: 'test-refresh-secret-of-32-characters',
    DRAIN_PERIOD: '0ms',
  });
  /** Without root where this test has it, so that nothing of the image can be written. */
  const options = (port: string) => {
    const [uid, gid] = image.user.split(':').map(Number);
    return {
      cwd: path.join(image.root, image.workdir),
      env: environment(port),
      ...(process.getuid?.() === 0 ? { uid: uid!, gid: gid! } : {}),
    };
  };
  const isHealthy = (port: string) => {
    const [program, ...args] = image.healthCheck;
    return spawnSync(program!, args, options(port)).status === 0;
  };

  it('[OPS1] starts by its own steps without root and without writing, answers its health check, and drains on SIGTERM', async () => {
    expect(image.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    const [program, ...args] = image.cmd;
    container = spawn(program!, args, { ...options('0'), stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [container.stdout!, container.stderr!]) {
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    }
    let port: string | undefined;
    await until(
      'the instance listens',
      () => {
        if (container!.exitCode !== null) throw new Error(`the container ended: ${output}`);
        port = /"url":"[^"]*:(\d+)"/.exec(output)?.[1];
        return port !== undefined;
      },
      START_TIMEOUT_MS,
    );
    expect(isHealthy(port!)).toBe(true);
    for (const file of ['api/docs', 'api/docs/swagger-ui-bundle.js', 'api/docs/swagger-ui.css'])
      expect((await fetch(`http://127.0.0.1:${port}/${file}`)).status, file).toBe(200);
    const { instanceFlags } = (await import(
      path.join(ROOT, 'scripts/process/instance-flags.mjs')
    )) as { instanceFlags: string[] };
    const processFile = `/proc/${container.pid}/cmdline`;
    if (existsSync(processFile)) {
      const [, ...given] = readFileSync(processFile, 'utf8').split('\0');
      expect(given.slice(0, instanceFlags.length)).toEqual(instanceFlags);
    }
    const exited = once(container, 'exit');
    container.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    expect(output).toContain('"stopping"');
    expect(isHealthy(port!)).toBe(false);
  });

  it('[OPS1] holds packages of production only, no tests, and less than 250 MB', () => {
    const inImage = (file: string) => existsSync(path.join(image.root, image.workdir, file));
    expect(inImage('node_modules/@nestjs/core')).toBe(true);
    expect(inImage('apps/dashboard/dist/index.html')).toBe(true);
    for (const file of ['node_modules/vitest', 'node_modules/typescript', 'dist/libs/testing']) {
      expect(inImage(file), file).toBe(false);
    }
    expect(BASE_BYTES + sizeOf(image.root)).toBeLessThan(MAX_BYTES);
  });

  it('[OPS1] neither secrets nor what was built elsewhere is given to the engine', () => {
    for (const file of ['.env', '.secrets/instance.env', '.git/config', 'dist/main.js'])
      expect(steps.isGivenToTheEngine(file), file).toBe(false);
    expect(steps.isGivenToTheEngine('scripts/node/node_modules/x/index.js')).toBe(false);
    expect(steps.isGivenToTheEngine('apps/realtime/src/main.ts')).toBe(true);
  });
});
