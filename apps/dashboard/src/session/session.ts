import { SessionEnded } from '#libs/client';
import { AppAudience, SessionType } from '#libs/contracts/browser';
import { hrefOf, pathOf } from '../shell/address.js';
import { type Refused } from '../words/refusal-text.js';
import { noteServerTime, serverNow } from './server-clock.js';

/** What the page knows of its session. The access token stays in memory, the refresh token in a cookie. */
export interface SessionState {
  /** `unreachable`: whether there is a session is asked again until the server answers. */
  status: 'unknown' | 'unreachable' | 'signedOut' | 'signedIn';
  /** Why a session has ended, as the server says it. */
  endedFor: string | null;
}

export type SignInFailure = 'invalid' | 'locked' | 'unreachable' | Refused;

interface Envelope<T> {
  success: boolean;
  message: string | string[];
  data?: T;
  error?: { code: string; reason?: string };
}

interface TokenAnswer {
  accessToken: string;
  accessTokenExpiresAt: number;
}

/** Whose app a page is; each has a session of its own, so that one browser can hold all of them. */
const OTHER_AUDIENCES: Readonly<Record<string, AppAudience>> = {
  ride: AppAudience.passengerApp,
  drive: AppAudience.driverApp,
};
/** A token that ends sooner is refreshed before it is used. */
const USABLE_FOR_MS = 10_000;
const RETRY_MS = 2_000;
/**
 * A request that hangs would hold up everybody who waits for a token. The server takes the last refresh
 * token again for 30 s only, for a page that lost the answer: that makes three tries.
 */
const ANSWER_TIMEOUT_MS = 10_000;
/** In place of the reason why a session has ended: a link that opens none. */
export const LINK_ENDED = 'LINK_ENDED';

/** The session of this page: signing in, staying in over a reload, and being thrown out. */
class Session {
  /** Set while this browser may hold the cookie of a session: without it nobody needs to be asked. */
  private readonly mayBeSignedIn: string;
  /** Which cookie holds the refresh token; that of dispatchers is the server's common one. */
  private readonly cookie: { cookieFor?: AppAudience };
  private state: SessionState = { status: 'unknown', endedFor: null };
  private readonly listeners = new Set<() => void>();
  private token: TokenAnswer | undefined;
  private refreshing: Promise<string> | undefined;

  constructor(private readonly audience: AppAudience) {
    const isDispatcher = audience === AppAudience.adminPanel;
    this.mayBeSignedIn = isDispatcher ? 'ridewire:signed-in' : `ridewire:signed-in:${audience}`;
    this.cookie = isDispatcher ? {} : { cookieFor: audience };
  }

  readonly get = (): SessionState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  /** Goes on with the session of before a reload, if there is one. */
  async restore(): Promise<void> {
    const code = codeOfAddress();
    if (code !== undefined) {
      await this.signInByCode(code);
      return;
    }
    if (localStorage.getItem(this.mayBeSignedIn) === null) {
      this.change({ status: 'signedOut', endedFor: null });
      return;
    }
    try {
      await this.refresh();
      this.change({ status: 'signedIn', endedFor: null });
    } catch (error) {
      if (error instanceof SessionEnded) this.change({ status: 'signedOut', endedFor: null });
      else {
        this.change({ status: 'unreachable', endedFor: null });
        setTimeout(() => void this.restore(), RETRY_MS);
      }
    }
  }

  async signIn(email: string, password: string): Promise<SignInFailure | undefined> {
    const answer = await post<TokenAnswer>('auth/login', {
      email,
      password,
      appAudience: this.audience,
      sessionType: SessionType.web,
      ...this.cookie,
    }).catch(() => undefined);
    if (!answer) return 'unreachable';
    if (answer.status === 401 || answer.status === 403) return 'invalid';
    if (answer.status === 429) return 'locked';
    const { data, message, error } = answer.body;
    if (!data) return { code: error?.reason, message: [message].flat().join(' ') };
    this.token = data;
    this.change({ status: 'signedIn', endedFor: null });
    return undefined;
  }

  /** The code of a link opens a session once, also in a browser that has another session. */
  private async signInByCode(code: string): Promise<void> {
    const answer = await post<TokenAnswer>('auth/code', { code, ...this.cookie }).catch(
      () => undefined,
    );
    if (answer?.body.data) {
      this.token = answer.body.data;
      this.change({ status: 'signedIn', endedFor: null });
    } else if (!answer || answer.status >= 500) {
      this.change({ status: 'unreachable', endedFor: null });
      setTimeout(() => void this.signInByCode(code), RETRY_MS);
    } else if (localStorage.getItem(this.mayBeSignedIn) !== null) await this.restore();
    else this.change({ status: 'signedOut', endedFor: LINK_ENDED });
  }

  async signOut(): Promise<void> {
    const token = this.token?.accessToken;
    this.token = undefined;
    this.change({ status: 'signedOut', endedFor: null });
    // What was begun is for nobody who signs in here next.
    for (const key of Object.keys(sessionStorage))
      if (key.startsWith('ridewire:')) sessionStorage.removeItem(key);
    await post('auth/logout', this.cookie, token).catch(() => undefined);
  }

  /** The server has ended it: the page shows nothing any more. */
  end(reason: string): void {
    this.token = undefined;
    this.change({ status: 'signedOut', endedFor: reason });
  }

  /** @param isNew whether the one at hand will not do @throws SessionEnded */
  async accessToken(isNew = false): Promise<string> {
    const { token } = this;
    if (token && !isNew && token.accessTokenExpiresAt - serverNow() > USABLE_FOR_MS)
      return token.accessToken;
    return this.refresh();
  }

  /** Whoever asks meanwhile gets the same. */
  private refresh(): Promise<string> {
    this.refreshing ??= this.askForToken().finally(() => (this.refreshing = undefined));
    return this.refreshing;
  }

  private async askForToken(): Promise<string> {
    const { status, body } = await post<TokenAnswer>('auth/refresh', this.cookie);
    if (status === 401 || status === 403) throw new SessionEnded();
    if (!body.data) throw new Error(`refresh: ${status}`);
    this.token = body.data;
    return body.data.accessToken;
  }

  private change(state: SessionState): void {
    this.state = state;
    if (state.status === 'signedIn') localStorage.setItem(this.mayBeSignedIn, 'yes');
    if (state.status === 'signedOut') localStorage.removeItem(this.mayBeSignedIn);
    for (const listener of this.listeners) listener();
  }
}

const [, page = ''] = pathOf(location).split('/');
export const session = new Session(OTHER_AUDIENCES[page] ?? AppAudience.adminPanel);

// A link that is opened where the page is there already loads nothing by itself.
window.addEventListener('hashchange', () => {
  if (location.hash.startsWith('#sign-in=')) location.reload();
});

/** Takes the code out of an address that ends with `#sign-in=<code>`: it is for nobody who looks at it later. */
function codeOfAddress(): string | undefined {
  const code = /^#sign-in=([\w-]+)$/.exec(location.hash)?.[1];
  if (code) history.replaceState(history.state, '', location.pathname + location.search);
  return code;
}

async function post<T>(
  path: string,
  content: unknown,
  token?: string,
): Promise<{ status: number; body: Envelope<T> }> {
  const response = await fetch(hrefOf(`/api/${path}`), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
    body: JSON.stringify(content),
    credentials: 'same-origin',
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
  });
  noteServerTime(Date.parse(response.headers.get('date') ?? ''));
  const text = await response.text();
  return {
    status: response.status,
    body: (text ? JSON.parse(text) : { success: true, message: '' }) as Envelope<T>,
  };
}
