import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** What every script may use, on one line: Redis then names the lines of errors as its file has them. */
const prelude = onOneLine(new URL('./lua/prelude.lua', import.meta.url));

/** A script beside the store that owns it; sent by hash, in full only where Redis lacks it. */
export class LuaScript {
  readonly text: string;
  readonly sha: string;

  private constructor(text: string) {
    this.text = text;
    this.sha = createHash('sha1').update(text).digest('hex');
  }

  /**
   * @param name file name under `lua/` of the caller, e.g. `LuaScript.load(import.meta.url, 'reap')`
   * @param parts files with what several scripts of a library do, named in the same way
   */
  static load(callerUrl: string, name: string, ...parts: string[]): LuaScript {
    const fileOf = (each: string) => new URL(`./lua/${each}.lua`, callerUrl);
    const ahead = [prelude, ...parts.map((part) => onOneLine(fileOf(part)))].join(' ');
    return new LuaScript(`${ahead} ${readFileSync(fileOf(name), 'utf8')}`);
  }
}

/** Comments stand on lines of their own in such files: behind one, all of the line would be lost. */
function onOneLine(file: URL): string {
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('--'))
    .join(' ');
}
