import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** What every script may use, on one line: Redis then names the lines of errors as its file has them. */
const prelude = onOneLine(new URL('./lua/prelude.lua', import.meta.url));

/** Functions that scripts of other libraries may use as well; exported by the library that owns them. */
export class LuaPart {
  private constructor(readonly text: string) {}

  /** @param name file name under `lua/` of the caller */
  static load(callerUrl: string, name: string): LuaPart {
    return new LuaPart(onOneLine(new URL(`./lua/${name}.lua`, callerUrl)));
  }
}

/** A script beside the store that owns it; sent by hash, in full only where Redis lacks it. */
export class LuaScript {
  readonly text: string;
  readonly sha: string;

  private constructor(
    /** Of its file, for metrics. */
    readonly name: string,
    text: string,
  ) {
    this.text = text;
    this.sha = createHash('sha1').update(text).digest('hex');
  }

  /**
   * @param name file name under `lua/` of the caller, e.g. `LuaScript.load(import.meta.url, 'reap')`
   * @param parts what several scripts do: files of this library, named in the same way, and parts
   * that another library exports
   */
  static load(callerUrl: string, name: string, ...parts: (string | LuaPart)[]): LuaScript {
    const fileOf = (each: string) => new URL(`./lua/${each}.lua`, callerUrl);
    const textOf = (part: string | LuaPart) =>
      part instanceof LuaPart ? part.text : onOneLine(fileOf(part));
    const ahead = [prelude, ...parts.map(textOf)].join(' ');
    return new LuaScript(name, `${ahead} ${readFileSync(fileOf(name), 'utf8')}`);
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
