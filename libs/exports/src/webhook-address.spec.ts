import { type LookupAddress } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { guardedLookup, judgeAddress, mayLeadInside } from './webhook-address.js';

describe('where webhooks may go', () => {
  it.each([
    ['public', ['93.184.216.34', '2606:2800:220:1::1', '64:ff9b::5db8:d822']],
    [
      'inside',
      [
        '127.0.0.1',
        '10.1.2.3',
        '172.16.0.1',
        '192.168.1.1',
        '100.64.0.1',
        '::1',
        'fd00::1',
        '::ffff:10.0.0.1',
        '64:ff9b::a00:1',
      ],
    ],
    [
      'never',
      [
        '169.254.169.254',
        'fe80::1',
        '::ffff:169.254.169.254',
        '64:ff9b::a9fe:a9fe',
        '0.0.0.0',
        '::',
        '224.0.0.1',
        '255.255.255.255',
        'ff02::1',
        '2002:a00:1::',
        'no address',
      ],
    ],
  ])('[EXPORT9] an address is known to be %s however it is written', (verdict, addresses) => {
    for (const address of addresses)
      expect([address, judgeAddress(address)]).toEqual([address, verdict]);
  });

  const lookUp = (isInsideAllowed: boolean, ...addresses: string[]): Promise<unknown> =>
    new Promise((resolve) => {
      const found: LookupAddress[] = addresses.map((address) => ({
        address,
        family: address.includes(':') ? 6 : 4,
      }));
      guardedLookup(isInsideAllowed, (_name, _options, done) => done(null, found))(
        'hooks.example.com',
        { all: true },
        (error, all) => resolve(error ? error.code : all),
      );
    });

  it('[EXPORT9] a name that leads inside, with one of its addresses at least, is refused unless it is listed', async () => {
    expect(await lookUp(false, '93.184.216.34')).toEqual([{ address: '93.184.216.34', family: 4 }]);
    expect(await lookUp(false, '10.0.0.5')).toBe('FORBIDDEN_ADDRESS');
    expect(await lookUp(false, '93.184.216.34', '127.0.0.1')).toBe('FORBIDDEN_ADDRESS');
    expect(await lookUp(false, '::ffff:127.0.0.1')).toBe('FORBIDDEN_ADDRESS');
    expect(await lookUp(true, '10.0.0.5')).toEqual([{ address: '10.0.0.5', family: 4 }]);
    expect(await lookUp(true, '169.254.169.254')).toBe('FORBIDDEN_ADDRESS');
    expect(await lookUp(true)).toBe('FORBIDDEN_ADDRESS');
  });

  it('[EXPORT9] whoever writes an address, this machine or a listed host means it', () => {
    for (const host of ['127.0.0.1', '10.0.0.1', '[::1]', 'localhost', 'Billing.internal'])
      expect(mayLeadInside(host, ['billing.internal'])).toBe(true);
    for (const host of [
      'hooks.example.com',
      'billing.internal.example.com',
      'localhost.example.com',
    ])
      expect(mayLeadInside(host, ['billing.internal'])).toBe(false);
  });
});
