import { type NetworkInterfaceInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { advertisedHost } from './advertised-host.js';

const at = (address: string, internal = false): NetworkInterfaceInfo => {
  const rest = { address, internal, netmask: '', mac: '', cidr: null };
  return address.includes(':')
    ? { ...rest, family: 'IPv6', scopeid: 0 }
    : { ...rest, family: 'IPv4' };
};

describe('where an instance says that it is reached', () => {
  const lo = [at('127.0.0.1', true), at('::1', true)];

  it('[CONN3] is the address that it listens on', () => {
    for (const host of ['127.0.0.1', '10.0.0.7', 'rides-1.internal', '2001:db8::7'])
      expect(advertisedHost(host, { lo, eth0: [at('10.0.0.9')] })).toBe(host);
  });

  it('[CONN3] is the first that others can reach when it listens on every one', () => {
    const eth0 = [at('fe80::1'), at('2001:db8::9'), at('10.0.0.9'), at('10.0.0.10')];
    expect(advertisedHost('0.0.0.0', { lo, eth0 })).toBe('10.0.0.9');
    expect(advertisedHost('::', { lo, eth0 })).toBe('10.0.0.9');
    const six = [at('fe80::1'), at('2001:db8::9')];
    expect(advertisedHost('::', { lo, eth0: six })).toBe('2001:db8::9');
    expect(advertisedHost('0.0.0.0', { lo, eth0: six })).toBe('127.0.0.1');
    expect(advertisedHost('0.0.0.0', { lo, eth0: undefined })).toBe('127.0.0.1');
  });
});
