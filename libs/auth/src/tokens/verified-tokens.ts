import { hash } from 'node:crypto';
import { type Principal } from '#libs/contracts';

/**
 * Access tokens that were found right, until they end: clients come back with the token they had,
 * and send it with every call of REST. Says nothing of sessions, those are asked for each time.
 */
export class VerifiedTokens {
  /** By a hash of the whole token, signature included; what was kept first is forgotten first. */
  private readonly byHash = new Map<string, Principal>();

  /** @param limit most tokens that are kept */
  constructor(private readonly limit: number) {}

  find(token: string): Principal | undefined {
    const key = keyOf(token);
    const principal = this.byHash.get(key);
    if (principal === undefined || principal.expiresAt > Date.now()) return principal;
    this.byHash.delete(key);
    return undefined;
  }

  keep(token: string, principal: Principal): void {
    this.byHash.set(keyOf(token), principal);
    if (this.byHash.size <= this.limit) return;
    const [oldest] = this.byHash.keys();
    if (oldest !== undefined) this.byHash.delete(oldest);
  }
}

/** A token must not lie about in memory where its hash will do. */
function keyOf(token: string): string {
  return hash('sha256', token, 'base64');
}
