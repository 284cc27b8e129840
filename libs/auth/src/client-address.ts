import { type IncomingHttpHeaders } from 'node:http';
import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** For a client whose connection is gone before anybody asked. */
export const UNKNOWN_ADDRESS = 'unknown';

/** A request, as far as it shows where it comes from. */
export interface AddressedRequest {
  headers: IncomingHttpHeaders;
  socket: { remoteAddress?: string | undefined };
}

/** The longest address with brackets, zone and port is shorter. */
const MAX_LENGTH = 100;
const MAPPED = '::ffff:';

/**
 * The address of a client as the nearest trusted proxies wrote it, in one spelling. Proxies append, so
 * that what clients write themselves stands on the left and is not believed. Where a proxy wrote no
 * address, the next one that is known counts: the proxy before it, or at last the other end.
 * X-Forwarded-For counts before Forwarded.
 */
export function clientAddressOf(request: AddressedRequest, trustedProxies: number): string {
  const { headers, socket } = request;
  if (trustedProxies > 0) {
    const told = toldAddresses(headers);
    for (const text of told.slice(-trustedProxies)) {
      const address = parseAddress(text);
      if (address !== undefined) return address;
    }
  }
  return parseAddress(socket.remoteAddress ?? '') ?? UNKNOWN_ADDRESS;
}

/**
 * Reads an address with or without brackets, port, quotes and zone. IPv4 within IPv6 is IPv4.
 * @returns its one spelling; undefined for what is no address
 */
export function parseAddress(text: string): string | undefined {
  if (isIPv4(text)) return text;
  if (text.length > MAX_LENGTH) return undefined;
  const unquoted = text.trim().replace(/^"(.*)"$/, '$1');
  if (isIPv4(unquoted)) return unquoted;
  const bare =
    /^\[([^\]]*)\](?::\d+)?$/.exec(unquoted)?.[1] ??
    /^([\d.]+):\d+$/.exec(unquoted)?.[1] ??
    unquoted;
  if (isIPv4(bare)) return bare;
  const unzoned = bare.replace(/%.*$/, '');
  if (!isIPv6(unzoned)) return undefined;
  // Most of these are of a server that listens on both.
  if (unzoned.startsWith(MAPPED) && isIPv4(unzoned.slice(MAPPED.length)))
    return unzoned.slice(MAPPED.length);
  return ipaddr.process(unzoned).toString();
}

/**
 * What stands for the one behind an address where connections or attempts are counted: in IPv6
 * everybody has a whole /64 and could come each time from another address of it.
 */
export function networkOf(address: string): string {
  const parsed = parseAddress(address);
  if (parsed === undefined || isIPv4(parsed)) return parsed ?? address;
  const groups = ipaddr.IPv6.parse(parsed).parts.slice(0, 4);
  return `${groups.map((group) => group.toString(16)).join(':')}::/64`;
}

/** Farthest first. Cut at every comma: a quote that a client left open must not hide what follows. */
function toldAddresses(headers: IncomingHttpHeaders): string[] {
  const forwardedFor = textOf(headers['x-forwarded-for']);
  if (forwardedFor !== undefined) return forwardedFor.split(',');
  const forwarded = textOf(headers['forwarded']);
  return (forwarded?.split(',') ?? []).map(
    (element) => /(?:^|;)\s*for\s*=\s*("[^"]*"|[^;\s]*)/i.exec(element)?.[1] ?? '',
  );
}

/** Node joins the lines of a header itself; a program that does not may hand over a list. */
function textOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(',') : value;
}
