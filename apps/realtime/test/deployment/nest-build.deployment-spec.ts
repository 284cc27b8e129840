import { execFile } from 'node:child_process';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

const BUILT_BY_VITE = 'apps/dashboard';

interface NestCli {
  projects: Record<
    string,
    { root: string; sourceRoot: string; compilerOptions: { tsConfigPath: string } }
  >;
}

describe('nest-cli.json', () => {
  let directory: string;

  beforeAll(() => {
    const cache = path.join(ROOT, '.cache');
    mkdirSync(cache, { recursive: true });
    directory = mkdtempSync(path.join(cache, 'nest-build-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('[BUILD1] describes every app and every library', () => {
    const { projects } = JSON.parse(
      readFileSync(path.join(ROOT, 'nest-cli.json'), 'utf8'),
    ) as NestCli;
    const there = ['apps', 'libs']
      .flatMap((group) => readdirSync(path.join(ROOT, group)).map((name) => `${group}/${name}`))
      .filter((name) => name !== BUILT_BY_VITE);
    expect(Object.values(projects).map(({ root }) => root)).toEqual(expect.arrayContaining(there));
    expect(Object.keys(projects)).toHaveLength(there.length);
    for (const { sourceRoot, compilerOptions } of Object.values(projects)) {
      expect(existsSync(path.join(ROOT, sourceRoot)), sourceRoot).toBe(true);
      const { tsConfigPath } = compilerOptions;
      expect(existsSync(path.join(ROOT, tsConfigPath)), tsConfigPath).toBe(true);
    }
  });

  it('[BUILD1] nest build makes what the launcher makes, scripts for Redis too', async () => {
    const tsconfig = path.join(directory, 'tsconfig.json');
    const settings = {
      extends: '../../apps/realtime/tsconfig.app.json',
      // Elsewhere than dist, from which other tests run.
      compilerOptions: { outDir: './out' },
      include: ['../../apps/realtime/src/**/*.ts'],
      exclude: ['../../**/*spec.ts'],
    };
    writeFileSync(tsconfig, JSON.stringify(settings));
    const nest = path.join(ROOT, 'node_modules/@nestjs/cli/bin/nest.js');
    const args = [nest, 'build', 'realtime', '--path', path.relative(ROOT, tsconfig)];
    await promisify(execFile)(process.execPath, args, { cwd: ROOT });

    const out = path.join(directory, 'out');
    const files = globSync('**/*.{js,lua}', { cwd: out });
    for (const file of files) {
      const built = readFileSync(path.join(out, file), 'utf8');
      expect(built, file).toBe(readFileSync(path.join(ROOT, 'dist', file), 'utf8'));
    }
    const scripts = globSync('libs/*/src/**/*.lua', { cwd: ROOT });
    expect(files).toEqual(expect.arrayContaining([...scripts, 'apps/realtime/src/main.js']));
  });
});
