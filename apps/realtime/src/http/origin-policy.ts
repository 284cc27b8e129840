import { type IncomingMessage } from 'node:http';
import { normalizedOrigin } from '#libs/config';

const ANY = '*';

/**
 * Which web pages and apps may use this server: those of named origins, and those of the origin of
 * the server itself, which native apps send. Both are compared as URLs, never as texts.
 */
export class OriginPolicy {
  private readonly named: ReadonlySet<string>;

  constructor(
    named: readonly string[],
    private readonly trustProxyHops: number,
  ) {
    this.named = new Set(named);
  }

  /** Apps may send no origin; a browser always does where it matters. */
  allows(request: IncomingMessage): boolean {
    const { origin } = request.headers;
    if (origin === undefined || this.named.has(ANY)) return true;
    const asked = normalizedOrigin(origin);
    return asked !== undefined && (this.named.has(asked) || this.isOwn(asked, request));
  }

  private isOwn(origin: string, request: IncomingMessage): boolean {
    const scheme = origin.slice(0, origin.indexOf(':'));
    if (scheme !== 'http' && scheme !== 'https') return false;
    const knownScheme = this.forwarded(request, 'x-forwarded-proto')
      ?.toLowerCase()
      .replace(/^ws/, 'http');
    if (knownScheme !== undefined && knownScheme !== scheme) return false;
    // Where TLS ended is not known without a proxy that is trusted: the host decides.
    return [request.headers.host, this.forwarded(request, 'x-forwarded-host')].some(
      (host) => host !== undefined && normalizedOrigin(`${scheme}://${host}`) === origin,
    );
  }

  /** As the nearest trusted proxies wrote it. */
  private forwarded({ headers }: IncomingMessage, name: string): string | undefined {
    const header = this.trustProxyHops > 0 ? headers[name] : undefined;
    if (typeof header !== 'string') return undefined;
    const values = header.split(',').map((value) => value.trim());
    return values.at(-this.trustProxyHops) ?? values[0];
  }
}
