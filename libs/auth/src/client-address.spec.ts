import { describe, expect, it } from 'vitest';
import { clientAddressOf, networkOf, parseAddress } from './client-address.js';

const PEER = '::ffff:10.0.0.9';

const told = (headers: Record<string, string | string[]>, trustedProxies = 1) =>
  clientAddressOf({ headers, socket: { remoteAddress: PEER } }, trustedProxies);
const forwardedFor = (text: string | string[], trustedProxies = 1) =>
  told({ 'x-forwarded-for': text }, trustedProxies);

describe('the address of a client', () => {
  it('[LIM6] is read from every spelling, and has one', () => {
    const spellings: Record<string, string> = {
      '203.0.113.8': '203.0.113.8',
      ' 203.0.113.8 ': '203.0.113.8',
      '203.0.113.8:40001': '203.0.113.8',
      '"203.0.113.8:40001"': '203.0.113.8',
      '[203.0.113.8]:1': '203.0.113.8',
      '::ffff:203.0.113.8': '203.0.113.8',
      '::FFFF:CB00:7108': '203.0.113.8',
      '[::ffff:203.0.113.8]:443': '203.0.113.8',
      '2001:db8::1': '2001:db8::1',
      '2001:0DB8:0:0:0:0:0:1': '2001:db8::1',
      '[2001:db8::1]': '2001:db8::1',
      '[2001:db8::1]:40001': '2001:db8::1',
      '"[2001:db8::1]:40001"': '2001:db8::1',
      'fe80::1%eth0': 'fe80::1',
      '[fe80::1%25eth0]:80': 'fe80::1',
    };
    for (const [text, address] of Object.entries(spellings)) {
      expect(parseAddress(text)).toBe(address);
      expect(forwardedFor(text)).toBe(address);
      expect(told({ forwarded: `for=${text}` })).toBe(address);
    }
  });

  it('[LIM6] what is no address is never taken for one, and never kept as it is', () => {
    const garbage = [
      '',
      'unknown',
      '_hidden',
      '127.1',
      '2130706433',
      '0x7f.0.0.1',
      '010.0.0.1',
      '1.2.3.4.5',
      '1.2.3.4:port',
      '[2001:db8::1',
      '2001:db8::1]:1',
      '[2001:db8::1]:x',
      '1::2::3',
      '[]',
      '"',
      'x'.repeat(10_000),
      `${'1'.repeat(99)}:1`,
    ];
    for (const text of garbage) {
      expect(parseAddress(text)).toBeUndefined();
      expect(forwardedFor(text)).toBe('10.0.0.9');
      expect(told({ forwarded: `for=${text}` })).toBe('10.0.0.9');
    }
  });

  it('[LIM6] carries nothing behind it', () => {
    for (const text of ['1.2.3.4\r\nx: y', '1.2.3.4 x', '::1\n{"level":60}', '::1 x'])
      expect(parseAddress(text)).toBeUndefined();
  });

  it('[LIM6] is what the trusted proxies wrote and nothing to the left of it', () => {
    const list = '198.51.100.1, 198.51.100.2, 198.51.100.3';
    expect([0, 1, 2, 3, 4, 10].map((proxies) => forwardedFor(list, proxies))).toEqual([
      '10.0.0.9',
      '198.51.100.3',
      '198.51.100.2',
      '198.51.100.1',
      '198.51.100.1',
      '198.51.100.1',
    ]);
    expect(forwardedFor(['198.51.100.1', '198.51.100.2, 198.51.100.3'], 2)).toBe('198.51.100.2');
    expect(forwardedFor('198.51.100.1, unknown, 198.51.100.3', 2)).toBe('198.51.100.3');
    expect(forwardedFor('198.51.100.1, unknown', 1)).toBe('10.0.0.9');
    expect(told({})).toBe('10.0.0.9');
    expect(clientAddressOf({ headers: {}, socket: {} }, 1)).toBe('unknown');
  });

  it('[LIM6] stands in Forwarded as well, which a client can neither close nor open', () => {
    expect(told({ forwarded: 'For="[2001:db8::1]:1234";proto=https;by=203.0.113.43' })).toBe(
      '2001:db8::1',
    );
    expect(told({ forwarded: 'proto=http;for=198.51.100.7, for=198.51.100.8;by=x' })).toBe(
      '198.51.100.8',
    );
    expect(told({ forwarded: 'for=198.51.100.7;x=", for=198.51.100.8' })).toBe('198.51.100.8');
    expect(told({ forwarded: 'proto=https' })).toBe('10.0.0.9');
    expect(told({ forwarded: 'for=198.51.100.7', 'x-forwarded-for': '198.51.100.8' })).toBe(
      '198.51.100.8',
    );
  });

  it('[AUTH9] addresses of one IPv6 network count as one, those of IPv4 each for itself', () => {
    const same = ['2001:db8:1:2::1', '2001:0DB8:1:2:ffff::', '2001:db8:1:2:3:4:5:6%eth0'];
    for (const address of same) expect(networkOf(address)).toBe('2001:db8:1:2::/64');
    expect(networkOf('2001:db8:1:3::1')).toBe('2001:db8:1:3::/64');
    expect(networkOf('2001:db8::1')).toBe('2001:db8:0:0::/64');
    expect(networkOf('::1')).toBe('0:0:0:0::/64');
    for (const address of ['203.0.113.9', '::ffff:203.0.113.9', '203.0.113.9:5'])
      expect(networkOf(address)).toBe('203.0.113.9');
    expect(networkOf('')).toBe('');
  });
});
