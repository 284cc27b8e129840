import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { until } from '#libs/testing';
import { RestClient } from './rest-client.js';
import { SessionTokens } from './session-tokens.js';

const asked: string[] = [];
/** Its first answer is lost. */
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (text: Buffer) => (body += text.toString()));
  request.on('end', () => {
    asked.push(body);
    const data = { accessToken: 'new', refreshToken: 'next', accessTokenExpiresAt: 0 };
    if (asked.length > 1) response.end(JSON.stringify({ success: true, data }));
  });
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

it('[CLIENT2] a refresh of the simulator that the client gives up ends with its request, and is asked for anew', async () => {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const rest = new RestClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const pair = { accessToken: 'old', refreshToken: 'first', accessTokenExpiresAt: 0 };
  const tokens = new SessionTokens(rest, pair);
  const question = new AbortController();
  const refused = tokens.give('expired', question.signal).catch(String);
  await until('it is asked', () => asked.length === 1);
  question.abort();
  expect(await refused).toMatch('AbortError');
  expect(await tokens.give('expired', new AbortController().signal)).toBe('new');
  expect(asked).toEqual([asked[0], asked[0]]);
});
