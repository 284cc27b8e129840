import { describe, expect, it } from 'vitest';
import { maskContacts } from './mask-contacts.js';

describe(maskContacts.name, () => {
  it.each([
    ['call +49 151 0001234', 'call +** *** *****34'],
    ['0151/000-12.34', '****/***-**.34'],
    ['(555) 010-1234!', '(***) ***-**34!'],
    ['4111 1111 1111 1111', '**** **** **** **11'],
    ['4111-1111-1111-1111, exp 12/29', '****-****-****-**11, exp 12/29'],
    ['1 5 5 5 0 1 0 9 9 9', '* * * * * * * * 9 9'],
    ['٠١٥١٠٠٠١٢٣٤', '*********٣٤'],
    ['０１５１０００１２３４', '*********３４'],
    ['5550199', '*****99'],
    ['1234-56-78', '****-**-78'],
    ['1\u200b5\u200b1\u200d\u20600001234', '*\u200b*\u200b*\u200d\u2060*****34'],
    [
      '1\ufe0f\u20e32\ufe0f\u20e3 3\ufe0f\u20e3 4567',
      '*\ufe0f\u20e3*\ufe0f\u20e3 *\ufe0f\u20e3 **67',
    ],
    ['①⑤①⓪⓪⓪①②③④', '********③④'],
    ['151\n000\t1234', '***\n***\t**34'],
  ])('[MOD5] hides the number of %j', (text, masked) => {
    expect(maskContacts(text)).toBe(masked);
  });

  it.each([
    'I am at gate 12, 3rd floor',
    'in 5 minutes, at 12:30',
    'via Roma 128/4, 00184 Roma',
    'on 2026-11-28 or 28.11.2026',
    'on 28.11.2026 10:30, else 2026-11-29 9:15',
    'plate AB 123 CD',
    'that is 1234.50',
    '',
    '👩‍🚀 1 2 3',
  ])('[MOD5] leaves %j as it is', (text) => {
    expect(maskContacts(text)).toBe(text);
  });
});
