import path from 'node:path';
import { build } from 'vite';
import { expect, it } from 'vitest';

it('[DOC6] the browser entry bundles without decorators, Node or another package', async () => {
  const result = await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      minify: false,
      lib: { entry: path.join(import.meta.dirname, 'browser.ts'), formats: ['es'] },
      rolldownOptions: { external: [/^[^./]/] },
    },
  });
  const [bundle] = [result].flat();
  if (!bundle || !('output' in bundle)) throw new Error('Vite made no bundle.');
  const [chunk] = bundle.output;
  expect(chunk.imports).toEqual([]);
  expect(chunk.exports).toEqual(
    expect.arrayContaining(['errorCatalogue', 'factNames', 'Namespace']),
  );
  expect(chunk.code).not.toMatch(/reflect-metadata|class-validator|process\.env|\bBuffer\b/);
});
