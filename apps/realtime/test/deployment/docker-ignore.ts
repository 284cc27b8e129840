import { readFileSync } from 'node:fs';

interface Pattern {
  isException: boolean;
  /** The text without `!`. */
  text: string;
  regex: RegExp;
}

/** What of a folder a container engine is given, by its .dockerignore: the last pattern that fits decides. */
export class DockerIgnore {
  private readonly patterns: Pattern[];

  constructor(file: string) {
    this.patterns = readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const isException = line.startsWith('!');
        const text = isException ? line.slice(1) : line;
        return { isException, text, regex: regexOf(text) };
      });
  }

  /** A pattern that fits a folder fits all that is in it. */
  includes(path: string): boolean {
    const parts = path.split('/');
    const levels = parts.map((_, i) => parts.slice(0, i + 1).join('/'));
    let isOut = false;
    for (const { isException, regex } of this.patterns) {
      if (levels.some((level) => regex.test(level))) isOut = !isException;
    }
    return !isOut;
  }

  /** False for a folder of which nothing can be included. */
  mayHoldIncluded(directory: string): boolean {
    return (
      this.includes(directory) ||
      this.patterns.some(({ isException, text }) => isException && text.startsWith(`${directory}/`))
    );
  }
}

function regexOf(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('**/', '\u0000')
    .replaceAll('*', '[^/]*')
    .replaceAll('\u0000', '(?:.*/)?');
  return new RegExp(`^${source}$`);
}
