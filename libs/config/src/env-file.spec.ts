import { describe, expect, it } from 'vitest';
import { EnvFileError, parseEnvFile } from './env-file.js';

const read = (text: string) => parseEnvFile(text).variables;

function problemsOf(text: string): readonly string[] {
  try {
    parseEnvFile(text);
    return [];
  } catch (error) {
    if (!(error instanceof EnvFileError)) throw error;
    return error.problems;
  }
}

describe(parseEnvFile.name, () => {
  it.each([
    ['A=plain', 'plain'],
    ['A=', ''],
    ['A=""', ''],
    ['A =  spaces around  ', 'spaces around'],
    ['A=two words', 'two words'],
    ['A="  kept  "', '  kept  '],
    ['export A=exported', 'exported'],
    ['\texport\tA=tabs', 'tabs'],
    ['A=pa#ss', 'pa#ss'],
    ['A=#pass', '#pass'],
    ['A=pass # a comment', 'pass'],
    ['A= # a comment', ''],
    ['A="pa # ss" # a comment', 'pa # ss'],
    ["A='pa # ss'\t# a comment", 'pa # ss'],
    ['A=$HOME and ${HOME} and $(id) and `id`', '$HOME and ${HOME} and $(id) and `id`'],
    ['A="$HOME ${HOME} \\$x"', '$HOME ${HOME} $x'],
    ["A='$HOME \\n'", '$HOME \\n'],
    ['A=`both " and \'`', 'both " and \''],
    [`A="it's"`, "it's"],
    [`A='say "hi"'`, 'say "hi"'],
    ['A="say \\"hi\\""', 'say "hi"'],
    ['A=it\'s "so"', 'it\'s "so"'],
    ['A="one\\ntwo\\tthree"', 'one\ntwo\tthree'],
    ['A=one\\ntwo', 'one\\ntwo'],
    ['A="C:\\\\new\\dir"', 'C:\\new\\dir'],
    ['A=key=value==', 'key=value=='],
    ['A=https://user:p%40ss@example.com/?a=b&c=d', 'https://user:p%40ss@example.com/?a=b&c=d'],
    ['A=ключ', 'ключ'],
  ])('[CONF3] reads %j', (line, value) => {
    for (const end of ['', '\n', '\r\n']) expect(read(`${line}${end}`)).toEqual({ A: value });
    expect(read(`\uFEFF${line}\r\nB=2\r\n`)).toEqual({ A: value, B: '2' });
  });

  it('[CONF3] reads a PEM block over several lines, and one with \\n written out', () => {
    const pem = '-----BEGIN PRIVATE KEY-----\nMIGH+/=\n-----END PRIVATE KEY-----\n';
    const text = `# keys\n\nA="${pem}"\nB='${pem}'\nC="${pem.replaceAll('\n', '\\n')}"\nD=4\n`;
    expect(parseEnvFile(text)).toEqual({
      variables: { A: pem, B: pem, C: pem, D: '4' },
      lines: { A: 3, B: 7, C: 11, D: 12 },
    });
    expect(read(text.replaceAll('\n', '\r\n'))).toEqual(read(text));
  });

  it('[CONF3] the last of two lines of one name counts', () => {
    expect(parseEnvFile('A=1\nA=2')).toEqual({ variables: { A: '2' }, lines: { A: 2 } });
  });

  it('[CONF3] names every line that cannot be read, and nothing of what is secret in it', () => {
    const text =
      'hidden\nA B=hidden\n1A=hidden\nexport A\n=hidden\nA="hidden"hidden\n\nB="hidden\n';
    const problems = problemsOf(text);
    expect(problems.map((problem) => /^line \d+/.exec(problem)?.[0])).toEqual(
      [1, 2, 3, 4, 5, 6, 8].map((line) => `line ${line}`),
    );
    expect(problems.join()).not.toContain('hidden');
    expect(problems.at(-1)).toBe('line 8: the quote " that begins B is not closed');
  });
});
