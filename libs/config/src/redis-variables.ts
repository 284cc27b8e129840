import { readFileSync } from 'node:fs';
import { z } from 'zod';

const DEFAULT_PORT = 6_379;

export interface RedisAddress {
  host: string;
  port: number;
}

interface ReadUrls {
  addresses: readonly [RedisAddress, ...RedisAddress[]];
  isEncrypted: boolean;
  username: string;
  password: string;
  database: number;
}

/** @throws Error that says what is wrong with the text of REDIS_URL */
export function readRedisUrl(text: string, defaultPort = DEFAULT_PORT): ReadUrls {
  const urls = text.split(',').map((part, i) => toUrl(part.trim(), i === 0));
  const [first] = urls;
  if (!first) throw new Error('must name an address');
  const addresses = urls.map(({ hostname, port }) => ({
    host: hostname.replaceAll(/^\[|\]$/g, ''),
    port: Number(port || defaultPort),
  }));
  for (const { protocol, username, password, pathname } of urls.slice(1)) {
    if (protocol !== first.protocol) throw new Error('must not mix redis:// and rediss://');
    const isOther = (own: string, other: string) => own !== '' && own !== other;
    if (isOther(username, first.username) || isOther(password, first.password)) {
      throw new Error('must name one user and password, in its first address');
    }
    if (isOther(pathname, first.pathname)) throw new Error('must name one database');
  }
  const database = /^\/?(\d{0,5})$/.exec(first.pathname)?.[1];
  if (database === undefined) throw new Error('must end with a port or the number of a database');
  return {
    addresses: addresses as [RedisAddress, ...RedisAddress[]],
    isEncrypted: first.protocol === 'rediss:',
    username: decodeURIComponent(first.username),
    password: decodeURIComponent(first.password),
    database: Number(database),
  };
}

function toUrl(part: string, isFirst: boolean): URL {
  if (!/^rediss?:\/\//.test(part)) {
    const where = isFirst ? 'start' : 'start each of its addresses';
    throw new Error(`must ${where} with redis:// or rediss://`);
  }
  if (!URL.canParse(part)) throw new Error('must be an address like redis://127.0.0.1:6379');
  const url = new URL(part);
  if (url.hostname === '') throw new Error('must name a host');
  return url;
}

export const redisUrlRule = [
  (text: string) => problemOfUrl(text) === undefined,
  { error: ({ input }: { input?: unknown }) => problemOfUrl(String(input)) ?? 'is wrong' },
] as const;

function problemOfUrl(text: string): string | undefined {
  try {
    readRedisUrl(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The content of a file, read at the start. */
export const pemFile = z
  .string()
  .transform((file, context) => {
    try {
      const text = readFileSync(file, 'utf8');
      if (text.includes('-----BEGIN')) return text;
      context.addIssue({ code: 'custom', message: `must name a PEM file, ${file} is none` });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      context.addIssue({ code: 'custom', message: `cannot be read: ${reason}` });
    }
    return z.NEVER;
  })
  .optional();
