import { inRoot, root } from './prepare/paths.mjs';
import { runChild } from './process/child.mjs';

/** @param {string[]} files all when none is named */
export async function format(files) {
  const prettier = inRoot('node_modules/prettier/bin/prettier.cjs');
  const args = [prettier, '--write', '--log-level', 'warn', ...(files.length ? files : ['.'])];
  const { code } = await runChild(process.execPath, args, { cwd: root });
  return code;
}
