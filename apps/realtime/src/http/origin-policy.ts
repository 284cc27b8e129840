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
    const knownScheme = this.forwarded(request, 'proto')?.toLowerCase().replace(/^ws/, 'http');
    if (knownScheme !== undefined && knownScheme !== scheme) return false;
    // Where TLS ended is not known without a proxy that is trusted: the host decides.
    return [request.headers.host, this.forwarded(request, 'host')].some(
      (host) => host !== undefined && normalizedOrigin(`${scheme}://${host}`) === origin,
    );
  }

  /** As the nearest trusted proxies wrote it; X-Forwarded-* counts before Forwarded. */
  private forwarded({ headers }: IncomingMessage, name: 'host' | 'proto'): string | undefined {
    if (this.trustProxyHops === 0) return undefined;
    const own = headers[`x-forwarded-${name}`];
    const values =
      typeof own === 'string'
        ? own.split(',').map((value) => value.trim())
        : valuesOf(headers.forwarded, FORWARDED[name]);
    return values.length < this.trustProxyHops ? values[0] : values.at(-this.trustProxyHops);
  }
}

const FORWARDED = {
  host: /(?:^|;)\s*host\s*=\s*("[^"]*"|[^;\s]*)/i,
  proto: /(?:^|;)\s*proto\s*=\s*("[^"]*"|[^;\s]*)/i,
} as const;

/** What each proxy wrote there, the farthest first. Cut at every comma: an open quote hides nothing. */
function valuesOf(forwarded: string | undefined, parameter: RegExp): (string | undefined)[] {
  const elements = forwarded?.split(',') ?? [];
  return elements.map((element) => parameter.exec(element)?.[1]?.replaceAll('"', ''));
}
