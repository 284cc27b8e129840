import { setTimeout as sleep } from 'node:timers/promises';
import { type AppAudience, type SessionType, type UserType } from '#libs/contracts';

export interface TokenPair {
  accessToken: string;
  refreshToken?: string;
  /** Epoch milliseconds. */
  accessTokenExpiresAt: number;
}

export interface Login {
  email: string;
  password: string;
  appAudience: AppAudience;
  sessionType: SessionType;
}

export interface NewUser {
  userType: UserType;
  email: string;
  password: string;
  name: string;
}

const ATTEMPTS = 8;
const ANSWER_DEADLINE_MS = 20_000;
/** The server takes a refresh token again for 30 s only, for a client that lost the answer. */
const REFRESH_DEADLINE_MS = 10_000;
const RETRY_AFTER_MS = 500;

/** A refusal in the server's own words. */
export class RestError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly retryable: boolean,
    readonly retryAfterMs = RETRY_AFTER_MS,
  ) {
    super(message);
    this.name = 'RestError';
  }
}

/** The few REST calls that a client of the sockets needs; waits and tries again where it has to. */
export class RestClient {
  constructor(
    private readonly server: string,
    private readonly signal?: AbortSignal,
  ) {}

  login(login: Login): Promise<TokenPair> {
    return this.post<TokenPair>('/api/auth/login', login);
  }

  refresh(refreshToken: string, signal?: AbortSignal): Promise<TokenPair> {
    const deadline = AbortSignal.timeout(REFRESH_DEADLINE_MS);
    const end = signal ? AbortSignal.any([signal, deadline]) : deadline;
    return this.send<TokenPair>('POST', '/api/auth/refresh', { refreshToken }, undefined, end);
  }

  createUser(adminToken: string, user: NewUser): Promise<{ id: string }> {
    return this.post<{ id: string }>('/api/admin/users', user, adminToken);
  }

  /** @returns the token of the link */
  async shareTrip(passengerToken: string, tripId: string): Promise<string> {
    const path = `/api/trips/${tripId}/shares`;
    return (await this.post<{ token: string }>(path, {}, passengerToken)).token;
  }

  /** Of the cell around a place. @param basisPoints 15000 for 1.5x */
  async setSurge(
    adminToken: string,
    { lat, lng }: { lat: number; lng: number },
    basisPoints: number,
    ttlMs: number,
  ): Promise<void> {
    const body = { lat, lng, surgeBasisPoints: basisPoints, ttlMs };
    await this.send('PUT', '/api/admin/surge', body, adminToken);
  }

  private post<T>(path: string, body: object, token?: string): Promise<T> {
    return this.send<T>('POST', path, body, token);
  }

  private async send<T>(
    method: 'POST' | 'PUT',
    path: string,
    body: object,
    token?: string,
    end?: AbortSignal,
  ): Promise<T> {
    const signals = [this.signal, end].filter((signal) => signal !== undefined);
    const signal = AbortSignal.any(signals);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.sendOnce<T>(method, path, body, signal, token);
      } catch (error) {
        if (!(error instanceof RestError && error.retryable) || attempt === ATTEMPTS) throw error;
        await sleep(error.retryAfterMs, undefined, { signal });
      }
    }
  }

  private async sendOnce<T>(
    method: 'POST' | 'PUT',
    path: string,
    body: object,
    signal: AbortSignal,
    token?: string,
  ): Promise<T> {
    const deadline = AbortSignal.timeout(ANSWER_DEADLINE_MS);
    const response = await fetch(this.server + path, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(token ? { authorization: `Bearer ${token}` } : {}),
      },
      body: JSON.stringify(body),
      signal: AbortSignal.any([signal, deadline]),
    });
    const text = await response.text();
    const envelope = parseEnvelope<T>(text);
    if (envelope?.success && envelope.data !== undefined) return envelope.data;
    throw refusal(`${method} ${path}`, response.status, envelope);
  }
}

interface Envelope<T> {
  success: boolean;
  message?: string | string[];
  data?: T;
  error?: { code?: string; reason?: string; retryable?: boolean; retryAfterMs?: number };
}

function parseEnvelope<T>(text: string): Envelope<T> | undefined {
  try {
    return JSON.parse(text) as Envelope<T>;
  } catch {
    return undefined;
  }
}

function refusal(what: string, status: number, envelope?: Envelope<unknown>): RestError {
  const said = [envelope?.message ?? 'no envelope in the answer'].flat().join('; ');
  const { code, reason, retryable, retryAfterMs } = envelope?.error ?? {};
  const name = reason ?? code ?? `HTTP_${status}`;
  const mayRetry = retryable ?? (status === 429 || status === 503);
  return new RestError(name, `${what}: ${status} ${name}: ${said}`, mayRetry, retryAfterMs);
}
