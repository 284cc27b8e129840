import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { PlainText, OneOf } from './dto/field-decorators.js';
import { PaymentMode } from './trip.js';
import { cleanText, countCharacters, foldForSearch, isWithinCharacters } from './text.js';

const FAMILY = '👨‍👩‍👧‍👦';

describe('texts that people write', () => {
  it('[TEXT1] Lengths are what people count, whatever a character is made of', () => {
    for (const [text, count] of [
      ['', 0],
      ['Ada', 3],
      ['🚕'.repeat(151), 151],
      [FAMILY.repeat(3), 3],
      ['🇩🇪🇮🇹', 2],
      ['👍🏽', 1],
      ['e\u0301', 1],
      ['é', 1],
      ['\r\n', 1],
    ] as const) {
      expect(countCharacters(text), JSON.stringify(text)).toBe(count);
    }
    expect(isWithinCharacters(FAMILY.repeat(300), 300)).toBe(true);
    expect(isWithinCharacters(FAMILY.repeat(301), 300)).toBe(false);
    expect(isWithinCharacters('x'.repeat(300), 300)).toBe(true);
    expect(isWithinCharacters('x'.repeat(301), 300)).toBe(false);
  });

  it('[TEXT1] Bytes are bounded where one character is made of a thousand signs', () => {
    expect(countCharacters(`a${'\u0301'.repeat(5_000)}`)).toBe(1);
    expect(isWithinCharacters(`a${'\u0301'.repeat(5_000)}`, 300)).toBe(false);
  });

  it('[TEXT2] What nobody sees, or what turns the text around it, is taken out', () => {
    for (const [written, clean] of [
      ['  Ada \t', 'Ada'],
      ['Ada\0\u0007\u0085B', 'AdaB'],
      ['Ada\u202egnp.exe\u2066x\u2069', 'Adagnp.exex'],
      ['\ufeffAda\ufffe', 'Ada'],
      ['Ada\ud83d', 'Ada'],
      ['\udc00Ada', 'Ada'],
      ['u\u0308', 'ü'],
      ['one\r\ntwo\u2028three', 'one\ntwo\nthree'],
      ['\u200b\u200d\u2060\u00ad\u3164', ''],
      ['\u2800 \u00a0', ''],
      [FAMILY, FAMILY],
      ['❤️', '❤️'],
      ['नमस्ते', 'नमस्ते'],
      ['می‌خواهم', 'می‌خواهم'],
    ]) {
      expect(cleanText(written!), JSON.stringify(written)).toBe(clean);
    }
  });

  it('[TEXT3] Search looks through case, accents and the Turkish dotted I', () => {
    for (const [some, other] of [
      ['istanbul', 'İstanbul'],
      ['ISTANBUL', 'ıstanbul'],
      ['Muenchen', 'Muenchen'],
      ['munchen', 'Mu\u0308nchen'],
      ['MÜNCHEN', 'munchen'],
      ['strasse', 'Straße'],
      ['STRAẞE', 'Straße'],
      ['har\u00adbour\u200b', 'Harbour'],
      ['می\u200cخواهم', 'میخواهم'],
      ['lodz', 'Łódź'],
      ['kobenhavn', 'København'],
      ['ΟΔΟΣ', 'οδός'],
      ['ﬁnal', 'Final'],
      ['Ａｄａ', 'ada'],
    ]) {
      expect(foldForSearch(some!), `${some} ${other}`).toBe(foldForSearch(other!));
    }
    expect(foldForSearch('कि')).not.toBe(foldForSearch('की'));
  });

  class Sample {
    @PlainText({ min: 1, max: 5, line: true })
    name: unknown;
    @OneOf(Object.values(PaymentMode))
    paymentMode: unknown;
  }

  function read(name: unknown, paymentMode: unknown = 'cash') {
    const sample = plainToInstance(Sample, { name, paymentMode });
    return { ...sample, errors: validateSync(sample).map(({ property }) => property) };
  }

  it('[TEXT2] A field is cleaned first and measured then', () => {
    expect(read(' a\nb \u202e')).toMatchObject({ name: 'a b', errors: [] });
    expect(read('🚕🚕🚕🚕🚕')).toMatchObject({ errors: [] });
    for (const wrong of [
      '',
      '  ',
      '\u200b',
      '🚕🚕🚕🚕🚕🚕',
      7,
      null,
      ['a'],
      {},
      'x'.repeat(60_000),
    ]) {
      expect(read(wrong), JSON.stringify(wrong)?.slice(0, 20)).toMatchObject({ errors: ['name'] });
    }
  });

  it('[TEXT4] One of a set is read in any case and with blanks around it', () => {
    for (const written of ['cash', 'CASH', ' Cash ', 'cash\n']) {
      expect(read('a', written)).toMatchObject({ paymentMode: 'cash', errors: [] });
    }
    for (const wrong of ['', 'cashh', 7, null, ['cash'], { cash: 1 }, 'constructor']) {
      expect(read('a', wrong)).toMatchObject({ errors: ['paymentMode'] });
    }
  });
});
