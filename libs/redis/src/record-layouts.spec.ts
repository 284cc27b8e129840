import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const scriptsIn = (...patterns: string[]) =>
  globSync(patterns, { cwd: ROOT })
    .map((file) => read(file).replaceAll(/--.*$/gm, ''))
    .join('\n');

/** The fields of an interface, as its source has them. */
function fieldsOf(file: string, name: string): string[] {
  const body = new RegExp(`export interface ${name} \\{([\\s\\S]*?)\\n\\}`).exec(read(file))?.[1];
  if (body === undefined) throw new Error(`${file} has no interface ${name}`);
  return [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??:/gm)].map(([, field]) => field!);
}

function namesIn(source: string, pattern: RegExp): string[] {
  return [...new Set([...source.matchAll(pattern)].map(([, name]) => name!))].toSorted();
}

/** The arguments of calls, up to the bracket that ends them. */
function callsIn(source: string, begin: RegExp): string[] {
  return [...source.matchAll(begin)].map(({ 0: head, index }) => {
    let open = 1;
    let at = index + head.length;
    while (open > 0) {
      if (source[at] === '(') open += 1;
      if (source[at] === ')') open -= 1;
      at += 1;
    }
    return source.slice(index + head.length, at);
  });
}

const BYTES: Readonly<Record<string, number>> = { d: 8, f: 4, I4: 4, i4: 4, I2: 2, B: 1 };

/** Where the values of a format of Lua's struct begin. */
function offsetsOf(format: string): number[] {
  let at = 0;
  return [...format.matchAll(/[df]|[Ii]\d|B/g)].map(
    ([kind]) => (at += BYTES[kind]!) - BYTES[kind]!,
  );
}

describe('records that TypeScript reads and scripts write', () => {
  it('[LUA2] an availability record has the same fields in both', () => {
    const fields = fieldsOf('libs/drivers/src/availability-record.ts', 'AvailabilityRecord');
    const scripts = scriptsIn(
      'libs/drivers/src/lua/*.lua',
      'libs/trips/src/store/lua/commit_trip.lua',
      'libs/redis/src/lua/prelude.lua',
    );
    const used = namesIn(scripts, /\brecord\.(\w+)/g);
    expect(used.filter((name) => !fields.includes(name))).toEqual([]);
    // A new one is written whole; the last of its fields with every change.
    const literal = /\{ (id = id, [^}]+) \}/.exec(scripts)?.[1] ?? '';
    expect([...namesIn(literal, /(\w+) =/g), 'updatedAt'].toSorted()).toEqual(fields.toSorted());
  });

  it('[LUA2] sessions and accounts have no field in scripts that is unknown elsewhere', () => {
    const scripts = scriptsIn('libs/auth/src/*/lua/*.lua', 'libs/accounts/src/lua/*.lua');
    const named = callsIn(scripts, /redis\.call\('(?:HM?GET|HSET|HDEL)'/g).flatMap((call) =>
      namesIn(call, /'([a-z][A-Za-z]*)'/g),
    );
    const fields = new Set([
      ...fieldsOf('libs/auth/src/sessions/session.ts', 'Session'),
      ...fieldsOf('libs/accounts/src/account.ts', 'Account'),
    ]);
    const values = ['active', 'suspended', 'banned'];
    const unknown = named.filter((name) => !fields.has(name) && !values.includes(name));
    expect([...new Set(unknown)].toSorted()).toEqual(
      // What nobody is shown of a session, the order of the changes of a status, and what tells the
      // record that keeps blocked people out of older instances.
      [
        'erasedAs',
        'moved',
        'previousHash',
        'previousUntil',
        'refreshHash',
        'refreshIssuedAt',
        'revokedAt',
        'revokedReason',
        'statusChangedAt',
      ],
    );
    expect(named).toEqual(expect.arrayContaining(['userId', 'expiresAt', 'lastActivityAt']));
  });

  it('[LUA2] a position is packed in one layout', () => {
    const source = read('libs/location/src/position-record.ts');
    const offsets = /const OFFSET = \{([^}]+)\}/.exec(source)?.[1] ?? '';
    const inTypeScript = [...offsets.matchAll(/(\w+): (\d+)/g)].map(([, , at]) => Number(at));
    const store = read('libs/location/src/lua/store_fixes.lua');
    const format = /RECORD = '<([^']+)'/.exec(store)![1]!;
    expect(offsetsOf(format)).toEqual(inTypeScript);
    expect(source).toContain(`\`<${format}\``);
    const bytes = Number(/RECORD_BYTES = (\d+)/.exec(source)![1]);
    expect(Number(/RECORD_BYTES = (\d+)/.exec(store)![1])).toBe(bytes);
    expect(inTypeScript.at(-1)! + BYTES['I4']!).toBe(bytes);
    expect(/\bFIX = '<I2([^']+)'/.exec(store)![1]).toBe(format);
    const retire = read('libs/location/src/lua/retire.lua');
    expect(format.startsWith(/RECORD = '<([^']+)'/.exec(retire)![1]!)).toBe(true);
    const cell = Number(/cell: (\d+)/.exec(offsets)![1]);
    expect(Number(/CELL_OFFSET = (\d+)/.exec(retire)![1])).toBe(cell);
    const ahead = Number(/aheadMs: (\d+)/.exec(offsets)![1]);
    expect(Number(/AHEAD_OFFSET = (\d+)/.exec(store)![1])).toBe(ahead);
  });
});
