import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** A script beside the store that owns it; sent by hash, in full only where Redis lacks it. */
export class LuaScript {
  readonly text: string;
  readonly sha: string;

  private constructor(text: string) {
    this.text = text;
    this.sha = createHash('sha1').update(text).digest('hex');
  }

  /** @param name file name under `lua/` of the caller, e.g. `LuaScript.load(import.meta.url, 'reap')`. */
  static load(callerUrl: string, name: string): LuaScript {
    return new LuaScript(readFileSync(new URL(`./lua/${name}.lua`, callerUrl), 'utf8'));
  }
}
