import { lookup as lookUp, type LookupAddress, type LookupOptions } from 'node:dns';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Where facts may go: see `judgeAddress`. */
export type AddressVerdict = 'public' | 'inside' | 'never';

/** The company's own networks, and this machine. */
const INSIDE = new Set(['loopback', 'private', 'uniqueLocal', 'carrierGradeNat']);
/** IPv4 within IPv6, where a gateway translates: the last four bytes count. */
const TRANSLATED = new Set(['rfc6052', 'ipv4Mapped']);

/**
 * What kind of address it is. `never`: link-local, where clouds keep the keys of a machine, and
 * whatever is no single host. IPv4 that is written within IPv6 is judged as IPv4.
 */
export function judgeAddress(address: string): AddressVerdict {
  if (!ipaddr.isValid(address)) return 'never';
  let parsed = ipaddr.parse(address);
  if (parsed.kind() === 'ipv6' && TRANSLATED.has(parsed.range()))
    parsed = ipaddr.fromByteArray(parsed.toByteArray().slice(-4));
  const range = parsed.range();
  if (range === 'unicast') return 'public';
  return INSIDE.has(range) ? 'inside' : 'never';
}

export class ForbiddenAddressError extends Error {
  readonly code = 'FORBIDDEN_ADDRESS';
  constructor() {
    super('the address is not one that facts may be sent to');
  }
}

type Callback = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void;
type Lookup = (hostname: string, options: LookupOptions, callback: Callback) => void;
type Resolve = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Looks names up for connections of webhooks, at each connection anew: a name that points inside
 * meanwhile is refused. Where one of its addresses is forbidden all are.
 * @param isInsideAllowed whether the name may lead to the company's own networks
 */
export function guardedLookup(isInsideAllowed: boolean, resolve: Resolve = lookUp): Lookup {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const isForbidden = addresses.some(({ address }) => {
        const verdict = judgeAddress(address);
        return verdict === 'never' || (verdict === 'inside' && !isInsideAllowed);
      });
      const [first] = addresses;
      if (isForbidden || !first) return callback(new ForbiddenAddressError(), []);
      if (options.all) return callback(null, addresses);
      return callback(null, first.address, first.family);
    });
  };
}

/**
 * Whether the host of a URL may lead inside: one that is written as an address, or as this machine,
 * says so itself.
 */
export function mayLeadInside(hostname: string, insideHosts: readonly string[]): boolean {
  const bare = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  return isIP(bare) !== 0 || bare === 'localhost' || insideHosts.includes(bare);
}
