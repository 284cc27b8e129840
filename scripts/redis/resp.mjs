import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** A string, number, null, or an array of these. @typedef {unknown} Reply */
/** @typedef {{ command(...args: string[]): Promise<Reply>, close(): void }} Connection */

/**
 * A connection that knows just enough of RESP2 for the launcher, which has no packages to rely on.
 * @param {string} url redis:// or rediss://, with user, password and database as usual
 * @param {number} [timeoutMs] for the connection and for each command
 * @returns {Promise<Connection>}
 */
export async function connectRedis(url, timeoutMs = 5_000) {
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  const address = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 6379) };
  const socket =
    protocol === 'rediss:' ? connectTls({ ...address, servername: hostname }) : connectTcp(address);
  /** @type {{ resolve: (reply: Reply) => void, reject: (error: Error) => void }[]} */
  const waiting = [];
  let received = Buffer.alloc(0);

  /** @param {Error} error */
  const fail = (error) => {
    socket.destroy();
    for (const { reject } of waiting.splice(0)) reject(error);
  };
  socket.setTimeout(timeoutMs, () => waiting.length && fail(new Error('no answer in time')));
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the connection was closed')));
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    for (let parsed = parse(received, 0); parsed; parsed = parse(received, 0)) {
      received = received.subarray(parsed.end);
      const asked = waiting.shift();
      if (parsed.value instanceof Error) asked?.reject(parsed.value);
      else asked?.resolve(parsed.value);
    }
  });

  /** @param {...string} args @returns {Promise<Reply>} */
  const command = (...args) =>
    new Promise((resolve, reject) => {
      if (socket.destroyed) {
        reject(new Error('the connection is closed'));
        return;
      }
      waiting.push({ resolve, reject });
      const parts = args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`);
      socket.write(`*${args.length}\r\n${parts.join('')}`);
    });

  const credentials = [username, password].filter(Boolean).map(decodeURIComponent);
  try {
    if (credentials.length) await command('AUTH', ...credentials);
    const database = pathname.slice(1);
    if (database) await command('SELECT', database);
    await command('PING');
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return { command, close: () => socket.destroy() };
}

/**
 * @param {Buffer} buffer @param {number} start
 * @returns {{ value: any, end: number } | null} null while the reply is incomplete
 */
function parse(buffer, start) {
  const lineEnd = buffer.indexOf('\r\n', start);
  if (lineEnd === -1) return null;
  const line = buffer.toString('utf8', start + 1, lineEnd);
  const end = lineEnd + 2;
  switch (String.fromCharCode(buffer[start] ?? 0)) {
    case '+':
      return { value: line, end };
    case '-':
      return { value: new Error(line), end };
    case ':':
      return { value: Number(line), end };
    case '$': {
      const size = Number(line);
      if (size === -1) return { value: null, end };
      if (buffer.length < end + size + 2) return null;
      return { value: buffer.toString('utf8', end, end + size), end: end + size + 2 };
    }
    case '*': {
      /** @type {any[]} */
      const value = [];
      let next = end;
      for (let index = 0; index < Number(line); index += 1) {
        const item = parse(buffer, next);
        if (!item) return null;
        value.push(item.value);
        next = item.end;
      }
      return { value, end: next };
    }
    default:
      return { value: new Error(`not a Redis reply: ${line.slice(0, 60)}`), end };
  }
}
