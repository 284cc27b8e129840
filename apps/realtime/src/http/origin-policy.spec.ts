import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { normalizedOrigin } from '#libs/config';
import { OriginPolicy } from './origin-policy.js';

function request(headers: Record<string, string>): IncomingMessage {
  return Object.assign(new IncomingMessage(new Socket()), { headers });
}

const strict = (hops = 0) => new OriginPolicy(['https://dispatch.example.com'], hops);
const allows = (origin: string, headers: Record<string, string> = {}, hops = 0) =>
  strict(hops).allows(request({ host: 'api.example.com', origin, ...headers }));

describe('which origins are let in', () => {
  it('[LIM2] those that are named, as a browser spells them and as a person does', () => {
    for (const origin of [
      'https://dispatch.example.com',
      'https://dispatch.example.com/',
      'https://dispatch.example.com:443',
      'HTTPS://Dispatch.Example.COM',
      'wss://dispatch.example.com',
    ]) {
      expect(allows(origin), origin).toBe(true);
    }
    expect(strict().allows(request({ host: 'api.example.com' }))).toBe(true);
  });

  it('[LIM2] the own one, which native apps send, whatever scheme and port it has', () => {
    const own: [origin: string, host: string][] = [
      ['https://api.example.com', 'api.example.com'],
      ['http://api.example.com', 'api.example.com'],
      ['wss://api.example.com', 'api.example.com'],
      ['https://api.example.com:443', 'api.example.com'],
      ['https://api.example.com', 'API.example.com:443'],
      ['http://api.example.com:80/', 'api.example.com'],
      ['http://10.0.2.2:3000', '10.0.2.2:3000'],
      ['http://[::1]:3000', '[::1]:3000'],
      ['http://[2001:DB8:0::1]', '[2001:db8::1]'],
    ];
    for (const [origin, host] of own) expect(allows(origin, { host }), origin).toBe(true);
  });

  it('[LIM2] none that only looks like one of them', () => {
    for (const origin of [
      'https://dispatch.example.com.evil.com',
      'https://api.example.com.evil.com',
      'https://evil.com/api.example.com',
      'https://evil.com#https://api.example.com',
      'https://evil.com?api.example.com',
      'https://api.example.com@evil.com',
      'https://user@api.example.com',
      'https://@api.example.com',
      'https://api.example.com:8443',
      'https://api.example.com:44 3',
      'https://evilapi.example.com',
      'https://example.com',
      'https://api.example.com.',
      'https://api.example.com\\@evil.com',
      'https:api.example.com',
      'https:///api.example.com',
      '//api.example.com',
      'api.example.com',
      'ftp://api.example.com',
      'file://api.example.com',
      'file://',
      'null',
      '*',
      '',
      'https://api.example.com https://evil.com',
      'http://dispatch.example.com',
    ]) {
      expect(allows(origin), origin).toBe(false);
    }
  });

  it('[LIM2] the forwarded one of a trusted proxy, and of nobody else', () => {
    const behind = (hops: number, headers: Record<string, string>, origin: string) =>
      allows(origin, { host: 'instance-7.internal:3000', ...headers }, hops);
    const forwarded = { 'x-forwarded-host': 'rides.example.com', 'x-forwarded-proto': 'https' };
    expect(behind(1, forwarded, 'https://rides.example.com')).toBe(true);
    expect(behind(1, forwarded, 'wss://rides.example.com')).toBe(true);
    expect(behind(1, forwarded, 'http://rides.example.com')).toBe(false);
    expect(behind(0, forwarded, 'https://rides.example.com')).toBe(false);
    const standard = { forwarded: 'for=1.2.3.4;host="rides.example.com";proto=https' };
    expect(behind(1, standard, 'https://rides.example.com')).toBe(true);
    expect(behind(1, standard, 'http://rides.example.com')).toBe(false);
    expect(behind(0, standard, 'https://rides.example.com')).toBe(false);
    const claimed = { forwarded: 'host=evil.com, host=rides.example.com;proto=https' };
    expect(behind(1, claimed, 'https://evil.com')).toBe(false);
    expect(behind(1, { forwarded: 'host=evil.com, for=1.2.3.4' }, 'https://evil.com')).toBe(false);
    const appended = { 'x-forwarded-host': 'evil.com, rides.example.com' };
    expect(behind(1, appended, 'https://rides.example.com')).toBe(true);
    expect(behind(1, appended, 'https://evil.com')).toBe(false);
    expect(behind(1, {}, 'https://rides.example.com')).toBe(false);
  });

  it('[LIM2] every one where every one is named, null included', () => {
    const any = new OriginPolicy(['*'], 0);
    for (const origin of ['null', 'https://evil.com', 'capacitor://localhost'])
      expect(any.allows(request({ host: 'api.example.com', origin }))).toBe(true);
  });
});

describe('the one spelling of an origin', () => {
  it('[CONF1] is what browsers and apps send', () => {
    for (const [text, origin] of [
      ['https://Bücher.example/', 'https://xn--bcher-kva.example'],
      ['capacitor://LocalHost', 'capacitor://localhost'],
      ['http://[0:0:0:0:0:0:0:1]:80', 'http://[::1]'],
    ] as const) {
      expect(normalizedOrigin(text)).toBe(origin);
    }
    for (const text of ['example.com', 'https://', 'https://a/b', 'null', 'https://a:99999'])
      expect(normalizedOrigin(text), text).toBeUndefined();
  });
});
