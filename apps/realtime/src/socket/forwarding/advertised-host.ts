import { type NetworkInterfaceInfo } from 'node:os';

type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>;

const EVERY_ADDRESS = new Set(['', '0.0.0.0', '::']);
const LINK_LOCAL = /^fe[89ab]/i;

/**
 * Where the other instances reach this one when INTERNAL_HOST does not say it: the address that it
 * listens on, and if that is every one, the first that is not of this machine alone.
 */
export function advertisedHost(listenHost: string, interfaces: Interfaces): string {
  if (!EVERY_ADDRESS.has(listenHost)) return listenHost;
  const outside = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !LINK_LOCAL.test(address));
  const found =
    outside.find(({ family }) => family === 'IPv4') ??
    (listenHost === '0.0.0.0' ? undefined : outside.find(({ family }) => family === 'IPv6'));
  return found?.address ?? '127.0.0.1';
}
