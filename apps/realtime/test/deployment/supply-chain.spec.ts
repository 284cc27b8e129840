import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = path.resolve(import.meta.dirname, '../../../..');
const { satisfies } = createRequire(import.meta.url)('semver') as {
  satisfies: (version: string, range: string) => boolean;
};
const documents = () =>
  readdirSync(path.join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`);
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');

interface Workflow {
  jobs: Record<
    string,
    {
      'timeout-minutes': number;
      steps: { run?: string; uses?: string; with?: Record<string, unknown> }[];
    }
  >;
}
const workflow = (name: string) => parse(read(`.github/workflows/${name}.yml`)) as Workflow;

describe('what Ridewire is made of', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'ridewire-lock-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const checkLicences = (...args: string[]) =>
    spawnSync(
      process.execPath,
      [path.join(ROOT, 'scripts/deployment/check-licences.mjs'), ...args],
      { encoding: 'utf8' },
    );

  it('[SUPPLY1] every package has a licence that its use allows, and the check names those that have not', () => {
    expect(checkLicences()).toMatchObject({ status: 0, stdout: '' });
    const lockfile = path.join(directory, 'package-lock.json');
    const packages = {
      '': { name: 'trial' },
      'node_modules/good': { license: 'MIT' },
      'node_modules/choice': { license: '(GPL-3.0 OR MIT)' },
      'node_modules/copyleft': { license: 'GPL-3.0' },
      'node_modules/tool': { license: 'MPL-2.0', dev: true },
      'node_modules/not-for-the-image': { license: 'MPL-2.0' },
      'node_modules/silent': {},
    };
    writeFileSync(lockfile, JSON.stringify({ packages }));
    const { status, stdout } = checkLicences(lockfile);
    expect(status).toBe(1);
    expect(stdout.trim().split('\n')).toEqual([
      'node_modules/copyleft (part of the image) has the licence GPL-3.0',
      'node_modules/not-for-the-image (part of the image) has the licence MPL-2.0',
      'node_modules/silent (part of the image) has the licence of nobody knows whom',
    ]);
  });

  it('[SUPPLY2] packages are locked with their digests and name no place to download from', () => {
    for (const file of ['package-lock.json', 'scripts/node/package-lock.json']) {
      const { packages } = JSON.parse(read(file)) as {
        packages: Record<string, { integrity?: string; link?: boolean; inBundle?: boolean }>;
      };
      for (const [place, { integrity, link, inBundle }] of Object.entries(packages)) {
        if (!place.includes('node_modules/') || link || inBundle) continue;
        expect(integrity, place).toMatch(/^sha512-/);
      }
      expect(read(file)).not.toContain('"resolved": "http');
    }
    for (const [, image] of read('Dockerfile').matchAll(/^FROM (?:--platform=\S+ )?(\S+)/gm))
      expect(image).toMatch(/:\d+\.\d+(?:\.\d+)?-[a-z-]+$/);
  });

  it('[SUPPLY2] npm can say what the image consists of', () => {
    const npm = spawnSync('npm', ['sbom', '--sbom-format=cyclonedx', '--package-lock-only'], {
      cwd: ROOT,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    expect(npm.status, npm.stderr).toBe(0);
    const { components } = JSON.parse(npm.stdout) as {
      components: { name: string; properties?: { name: string }[] }[];
    };
    const isTool = ({ properties = [] }: (typeof components)[number]) =>
      properties.some(({ name }) => name === 'cdx:npm:package:development');
    const names = new Set(components.filter((each) => !isTool(each)).map(({ name }) => name));
    for (const name of ['socket.io', 'ioredis', 'zod']) expect(names).toContain(name);
    expect(names).not.toContain('vitest');
  });

  it('[SUPPLY4] the least Node is the one that every package of the image bears, and documents name no other', () => {
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    const [, least = ''] = /^>=(\d+\.\d+)$/.exec(engines.node) ?? [];
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { dev?: boolean; engines?: { node?: string } }>;
    };
    const needs = Object.entries(packages).flatMap(([place, { dev, engines: own }]) =>
      place !== '' && !dev && own?.node !== undefined ? [{ place, range: own.node }] : [],
    );
    const unfit = (version: string) =>
      needs.filter(({ range }) => !satisfies(version, range)).map(({ place }) => place);
    expect(unfit(`${least}.0`)).toEqual([]);
    const [major, minor] = least.split('.').map(Number);
    expect(unfit(`${major}.${minor! - 1}.9`)).not.toEqual([]);
    const told = ['README.md', 'CONTRIBUTING.md', 'scripts/node/package.json', ...documents()]
      .map(read)
      .flatMap((text) => [...text.matchAll(/(?:Node |older than )(22\.\d+)/g)]);
    expect(told.length).toBeGreaterThan(2);
    expect(new Set(told.map(([, version]) => version))).toEqual(new Set([least]));
  });

  it('[SUPPLY3] the workflows run what runs here, audit packages, and publish the image with its provenance', () => {
    const runs = Object.values(workflow('ci').jobs).flatMap(({ steps }) =>
      steps.map(({ run }) => run ?? ''),
    );
    expect(runs).toContain('.ci/run');
    expect(runs).toContain('npm audit --omit=dev --audit-level=high');
    expect(runs.some((run) => run.startsWith('npm sbom '))).toBe(true);
    const { steps } = workflow('release').jobs['image']!;
    const push = steps.find(({ uses }) => uses?.startsWith('docker/build-push-action@'));
    expect(push?.with).toMatchObject({ push: true, provenance: 'mode=max', sbom: true });
    // A name with a capital letter is refused, and owners of repositories may have some.
    const named = steps.flatMap(({ with: given }) => [given?.['tags'], given?.['subject-name']]);
    expect(named.filter((name) => name !== undefined)).toHaveLength(2);
    expect(named.join(' ')).not.toContain('github.repository');
    // What the one has time for the other must have time for.
    const minutes = (name: string) => workflow(name).jobs['test']!['timeout-minutes'];
    expect(minutes('release')).toBe(minutes('ci'));
    for (const name of ['ci', 'release']) {
      for (const { uses } of Object.values(workflow(name).jobs).flatMap((job) => job.steps))
        if (uses) expect(uses).toMatch(/@v\d+$/);
    }
  });

  it('[SUPPLY3] the licence, the version and the changelog say the same everywhere', () => {
    const { version, license } = JSON.parse(read('package.json')) as {
      version: string;
      license: string;
    };
    expect(license).toBe('MIT');
    expect(read('LICENSE')).toMatch(/^MIT License/);
    expect(read('CHANGELOG.md')).toContain(`## ${version}\n`);
  });
});
