import { type TokenReason } from '#libs/client';
import { type RestClient, type TokenPair } from './rest-client.js';

/** A token that ends sooner than this is refreshed before it is used. */
const FRESH_FOR_MS = 20_000;

/** The tokens of one session, refreshed by one request at a time however many sockets ask. */
export class SessionTokens {
  private refreshing: Promise<void> | undefined;

  constructor(
    private readonly rest: RestClient,
    private pair: TokenPair,
  ) {}

  get accessToken(): string {
    return this.pair.accessToken;
  }

  get isFresh(): boolean {
    return this.pair.accessTokenExpiresAt - Date.now() > FRESH_FOR_MS;
  }

  /** As `RidewireClient` asks for it. */
  async give(reason: TokenReason, signal?: AbortSignal): Promise<string> {
    if (reason !== 'connecting' || !this.isFresh) await this.refresh(signal);
    return this.accessToken;
  }

  /** @param signal gives it up, for everybody who waits for it */
  refresh(signal?: AbortSignal): Promise<void> {
    this.refreshing ??= this.exchange(signal).finally(() => (this.refreshing = undefined));
    return this.refreshing;
  }

  private async exchange(signal?: AbortSignal): Promise<void> {
    const { refreshToken } = this.pair;
    if (refreshToken === undefined) throw new Error('The session has no refresh token.');
    this.pair = await this.rest.refresh(refreshToken, signal);
  }
}
