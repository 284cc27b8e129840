import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PRELUDE = 'libs/redis/src/lua/prelude.lua';
/** Functions for other scripts, without keys and arguments of their own. */
const isPart = (source: string) => !/\b(?:KEYS|ARGV)\b/.test(withoutComments(source));

const files = globSync('libs/*/src/**/lua/*.lua', { cwd: ROOT }).toSorted();
const sources = files.map((file) => [file, readFileSync(path.join(ROOT, file), 'utf8')] as const);
const scripts = sources.filter(([file, source]) => file !== PRELUDE && !isPart(source));

function withoutComments(source: string): string {
  return source.replaceAll(/--.*$/gm, '');
}

/** What the comment at the top of a script says of its keys or arguments. */
function described(source: string, what: 'KEYS' | 'ARGV'): { numbers: Set<number>; from: number } {
  const numbers = new Set<number>();
  let from = Number.POSITIVE_INFINITY;
  const head = /^(?:--.*\n)+/.exec(source)?.[0] ?? '';
  for (const [, inBrackets] of head.matchAll(
    new RegExp(`^-- ${what}(?:\\[([^\\]]+)\\])? - `, 'gm'),
  )) {
    const [, first = '1', dots, last] = /^(\d+)(\.\.\.?)?(\d+)?$/.exec(inBrackets ?? '1..') ?? [];
    if (dots === undefined) numbers.add(Number(first));
    else if (last === undefined) from = Number(first);
    else for (let i = Number(first); i <= Number(last); i += 1) numbers.add(i);
  }
  return { numbers, from };
}

describe('the scripts for Redis', () => {
  it('[LUA1] are named in lower case with underscores', () => {
    expect(files.length).toBeGreaterThan(20);
    expect(files.filter((file) => !/^[a-z]+(?:_[a-z]+)*\.lua$/.test(path.basename(file)))).toEqual(
      [],
    );
  });

  it.each(scripts)(
    '[LUA1] %s says each of its keys and arguments, and names no other',
    (_, source) => {
      const code = withoutComments(source);
      for (const what of ['KEYS', 'ARGV'] as const) {
        const { numbers, from } = described(source, what);
        const used = [...code.matchAll(new RegExp(`\\b${what}\\[(\\d+)\\]`, 'g'))].map(
          ([, number]) => Number(number),
        );
        const unsaid = used.filter((number) => !numbers.has(number) && number < from);
        expect(unsaid, `${what} that the head does not name`).toEqual([]);
        if (used.length > 0 || new RegExp(`\\b${what}\\b`).test(code)) {
          expect(numbers.size + (from < Infinity ? 1 : 0), `${what} in the head`).toBeGreaterThan(
            0,
          );
        }
        const highest = Math.max(0, ...numbers);
        expect(
          [...numbers].toSorted((a, b) => a - b),
          `${what} without a gap`,
        ).toEqual(Array.from({ length: highest }, (__, i) => i + 1).slice(0, from - 1));
      }
    },
  );

  it.each(scripts)('[LUA1] %s touches no key that is not declared', (_, source) => {
    const code = withoutComments(source);
    const isDeclared = (expression: string): boolean =>
      /^KEYS\[[^\]]+\]$/.test(expression) ||
      // A local or a parameter that is never put together from arguments.
      (/^\w+$/.test(expression) &&
        !new RegExp(`\\b${expression}\\b[^\\n]*=[^\\n]*(?:\\.\\.|ARGV)`).test(code));
    const foreign = [
      ...code.matchAll(
        /redis\.p?call\(\s*'(\w+)'\s*,\s*(?:'(?:USAGE|CREATE|GROUPS)'\s*,\s*)?([^,)\n]+)/g,
      ),
    ]
      .filter(([, command]) => command !== 'XREADGROUP')
      .map(([call, , key]) => ({ call, key: key!.trim() }))
      .filter(({ key }) => !isDeclared(key))
      .map(({ call }) => call);
    expect(foreign).toEqual([]);
  });

  it('[LUA1] ask the clock and announce facts in one way', () => {
    const own = scripts.filter(([, source]) =>
      /'TIME'|%\.0f|"revision":/.test(withoutComments(source)),
    );
    expect(own.map(([file]) => file)).toEqual([]);
  });
});
