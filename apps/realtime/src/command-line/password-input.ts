import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { Writable, type Readable } from 'node:stream';

/**
 * All of a pipe but its last line break; a person is asked twice and sees nothing of it.
 * @throws Error when it is given up or the two differ
 */
export async function readPassword(input: Readable & { isTTY?: boolean }): Promise<string> {
  if (!input.isTTY) return (await text(input)).replace(/\r?\n$/, '');
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: nowhere, terminal: true, historySize: 0 });
  try {
    const answers = lines[Symbol.asyncIterator]();
    const password = await ask('Password: ', answers);
    if ((await ask('The same again: ', answers)) === password) return password;
    throw new Error('The two passwords differ.');
  } finally {
    lines.close();
  }
}

async function ask(question: string, answers: AsyncIterator<string>): Promise<string> {
  process.stderr.write(question);
  const { done, value } = await answers.next();
  process.stderr.write('\n');
  if (done) throw new Error('No password was given.');
  return value;
}
