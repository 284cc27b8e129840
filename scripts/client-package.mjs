import { copyFileSync, existsSync, globSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build } from 'vite';
import { inRoot, root } from './prepare/paths.mjs';
import { quietly } from './prepare/quiet.mjs';
import { say } from './prepare/progress.mjs';
import { LaunchError } from './process/signals.mjs';

/** What each entry may weigh, minified and without socket.io-client and React. */
export const MAX_MINIFIED_BYTES = { index: 20_000, chat: 1_500, location: 4_000, react: 2_500 };

const library = inRoot('libs/client');

/** Makes `libs/client/package` ready to be published: ES modules, types and the README. */
export async function buildClientPackage() {
  const sizes = await clientSizes();
  for (const [name, most] of Object.entries(MAX_MINIFIED_BYTES)) {
    const bytes = sizes[name] ?? Infinity;
    if (bytes > most) {
      throw new LaunchError(
        `libs/client/src/${name}.ts is ${bytes} bytes minified, more than ${most}: leave something out.`,
      );
    }
  }
  const dist = path.join(library, 'package/dist');
  rmSync(dist, { recursive: true, force: true });
  await bundle({ outDir: dist, minify: false });
  await writeTypes(path.join(dist, 'types'));
  copyFileSync(path.join(library, 'README.md'), path.join(library, 'package/README.md'));
  const said = Object.entries(sizes).map(([name, bytes]) => `${name} ${bytes}`);
  say(`libs/client/package: bytes minified: ${said.join(', ')}`);
}

/** Bytes of each entry, minified, with what it shares with others. */
export async function clientSizes() {
  // Vite itself leaves blanks in libraries.
  const { output } = await bundle(
    { write: false, minify: false },
    { minify: true, comments: false },
  );
  const chunks = output.filter((part) => part.type === 'chunk');
  /** @type {Record<string, number>} */
  const sizes = {};
  for (const entry of chunks.filter(({ isEntry }) => isEntry)) {
    const parts = chunks.filter(
      (part) => part === entry || (!part.isEntry && entry.imports.includes(part.fileName)),
    );
    sizes[entry.name] = parts.reduce((sum, { code }) => sum + Buffer.byteLength(code), 0);
  }
  return sizes;
}

/**
 * @param {import('vite').BuildEnvironmentOptions} options
 * @param {import('rolldown').OutputOptions} [output]
 * @returns {Promise<import('rolldown').RolldownOutput>}
 */
async function bundle(options, output) {
  const entries = Object.keys(MAX_MINIFIED_BYTES).map((name) => `${name}.ts`);
  const result = await build({
    configFile: false,
    logLevel: 'error',
    root: library,
    // The contract is taken from its source, with what is not used left out.
    resolve: { conditions: ['source'] },
    build: {
      target: 'es2022',
      emptyOutDir: false,
      lib: {
        entry: entries.map((file) => path.join(library, 'src', file)),
        formats: ['es'],
      },
      rolldownOptions: {
        external: [/^(?:socket\.io-client|react)(?:\/|$)/],
        treeshake: { moduleSideEffects: false },
        output: { chunkFileNames: '[name].js', ...output },
      },
      ...options,
    },
  });
  return /** @type {import('rolldown').RolldownOutput} */ ([result].flat()[0]);
}

/**
 * Declarations of the client and of the part of the contract that it shows.
 * @param {string} directory
 */
async function writeTypes(directory) {
  const compiler = inRoot('node_modules/typescript/bin/tsc');
  const project = path.join(library, 'tsconfig.package.json');
  await quietly('tsc', process.execPath, [compiler, '-p', project, '--outDir', directory], {
    cwd: root,
  });
  const needed = new Set();
  for (const name of Object.keys(MAX_MINIFIED_BYTES))
    collect(path.join(directory, `client/src/${name}.d.ts`));
  for (const file of globSync('**/*.d.ts', { cwd: directory })) {
    if (!needed.has(path.join(directory, file))) rmSync(path.join(directory, file));
  }

  /** @param {string} file */
  function collect(file) {
    if (needed.has(file) || !existsSync(file)) return;
    needed.add(file);
    for (const [, name] of readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*'([^']+)'/g)) {
      if (name === '#libs/contracts/browser') {
        collect(path.join(directory, 'contracts/src/browser.d.ts'));
      } else if (name?.startsWith('.')) {
        collect(path.join(path.dirname(file), name.replace(/\.js$/, '.d.ts')));
      }
    }
  }
}
