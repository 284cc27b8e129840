import { SessionEnded } from '#libs/client';
import { hrefOf } from '../shell/address.js';
import { RestFailure } from './rest-failure.js';
import { noteServerTime } from './server-clock.js';
import { session } from './session.js';

export { RestFailure };

export interface PageMeta {
  total?: number;
  page?: number;
  hasNext?: boolean;
  asOf?: number;
  /** False when not all was looked at. */
  isComplete?: boolean;
  /** Where a search that did not look at all goes on. */
  continueAt?: string | null;
}

export interface Answer<T> {
  data: T;
  meta: PageMeta;
  /** When it came, by the clock of this page, epoch ms. */
  receivedAt: number;
}

type Query = Record<string, string | number | boolean | undefined>;

export interface Question {
  query?: Query;
  body?: unknown;
  signal?: AbortSignal;
  /** Names what is asked for: sent again it is done once. */
  key?: string;
}

/**
 * Asks the REST side of the server; a token that has just ended is refreshed once.
 * @throws RestFailure
 */
export async function ask<T>(
  method: 'GET' | 'POST' | 'DELETE' | 'PATCH' | 'PUT',
  path: string,
  { query = {}, body, signal, key }: Question = {},
): Promise<Answer<T>> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') search.set(name, String(value));
  const address = hrefOf(`/api/${path}${search.size > 0 ? `?${search}` : ''}`);
  for (const isNew of [false, true]) {
    const response = await send(address, method, { body, signal, key }, isNew);
    noteServerTime(Date.parse(response.headers.get('date') ?? ''));
    if (response.status === 401 && !isNew) continue;
    const envelope = await envelopeOf<T>(response, signal);
    if (response.ok) {
      const { data, meta = {} } = envelope;
      return { data: data as T, meta, receivedAt: Date.now() };
    }
    const { message = '', error } = envelope;
    // Of a body that was not accepted each line is about a field.
    const details = error?.details ?? (Array.isArray(message) ? message : undefined);
    throw new RestFailure([message].flat().join(' '), response.status, error?.reason, details);
  }
  throw new RestFailure('', 401, 'AUTH_REQUIRED');
}

interface Envelope<T> {
  data?: T;
  meta?: PageMeta;
  message?: string | string[];
  error?: { reason?: string; details?: unknown };
}

/** A proxy answers for a server that is away, and not in JSON; an answer may also break off. */
async function envelopeOf<T>(response: Response, signal?: AbortSignal): Promise<Envelope<T>> {
  try {
    const text = await response.text();
    return (text ? JSON.parse(text) : {}) as Envelope<T>;
  } catch (error) {
    if (signal?.aborted) throw error;
    if (response.ok) throw new RestFailure('', 0);
    return {};
  }
}

async function send(
  address: string,
  method: string,
  { body, signal, key }: Question,
  isNew: boolean,
): Promise<Response> {
  try {
    const token = await session.accessToken(isNew);
    return await fetch(address, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (error instanceof SessionEnded) session.end(error.code);
    throw signal?.aborted ? error : new RestFailure('', 0);
  }
}
