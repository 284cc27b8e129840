import { describe, expect, it } from 'vitest';
import { networkOf } from './network-of.js';

describe(networkOf.name, () => {
  it('[AUTH9] addresses of one IPv6 network count as one, those of IPv4 each for itself', () => {
    const same = ['2001:db8:1:2::1', '2001:0DB8:1:2:ffff::', '2001:db8:1:2:3:4:5:6%eth0'];
    for (const address of same) expect(networkOf(address)).toBe('2001:db8:1:2::/64');
    expect(networkOf('2001:db8:1:3::1')).toBe('2001:db8:1:3::/64');
    expect(networkOf('2001:db8::1')).toBe('2001:db8:0:0::/64');
    expect(networkOf('::1')).toBe('0:0:0:0::/64');
    expect(networkOf('203.0.113.9')).toBe('203.0.113.9');
    expect(networkOf('::ffff:203.0.113.9')).toBe('203.0.113.9');
    expect(networkOf('')).toBe('');
  });
});
