/** Scheme, host and port and nothing else; a slash at the end is what some clients add. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@\\]+\/?$/i;

/**
 * The one spelling of an origin: lower case, punycode, without a default port and a slash at the
 * end. Native apps name the scheme of their socket (ws, wss), which is that of HTTP.
 * @returns undefined for a text that is no origin, `null` included
 */
export function normalizedOrigin(text: string): string | undefined {
  if (!ORIGIN.test(text) || !URL.canParse(text)) return undefined;
  const { protocol, host } = new URL(text.replace(/^ws/i, 'http'));
  return host === '' ? undefined : `${protocol}//${host.toLowerCase()}`;
}
