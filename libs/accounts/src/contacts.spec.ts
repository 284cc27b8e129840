import { expect, it } from 'vitest';
import { emailContact } from '#libs/contracts';
import { phoneContact } from './contacts.js';

it('[ACC1] Spellings of one e-mail address are the same', () => {
  for (const [key, ...spellings] of [
    ['ada@example.com', ' Ada@Example.COM ', 'ada@example.com', '\u200bada@exam\u00adple.com'],
    ['ada@example.com', 'ａｄａ＠ｅｘａｍｐｌｅ。ｃｏｍ', 'A\u202eda@example.com'],
    [
      'ada@xn--mnchen-3ya.de',
      'ada@münchen.de',
      'ada@mu\u0308nchen.de',
      'Ada@MÜNCHEN.DE',
      'ada@XN--MNCHEN-3YA.de',
    ],
    ['jürgen@example.com', 'jürgen@example.com', 'ju\u0308rgen@example.com', 'JÜRGEN@example.com'],
    [
      'istanbul@example.com',
      'istanbul@example.com',
      'İstanbul@example.com',
      'ISTANBUL@example.com',
      'ıstanbul@example.com',
    ],
    ['strasse@example.com', 'straße@example.com', 'STRASSE@example.com'],
    ['οδοσ@example.com', 'ΟΔΟΣ@example.com', 'οδος@example.com'],
  ]) {
    for (const spelling of spellings) {
      expect(emailContact(spelling)?.key, JSON.stringify(spelling)).toBe(key);
    }
  }
  expect(emailContact('Straße@MÜNCHEN.de')?.shown).toBe('straße@xn--mnchen-3ya.de');
});

it('[ACC1] What is no e-mail address is none, and none becomes another', () => {
  for (const text of ['', 'ada', '@example.com', 'ada@', 'ada@a b.de', 'ada@x/y.de', 'a@b@c.de']) {
    expect(emailContact(text), text).toBeUndefined();
  }
  for (const text of [
    'ada@127.0.0.1',
    'ada@1.2',
    'ada@ex%41mple.com',
    'ada\0@example.com',
    'a\ud800@example.com',
  ]) {
    expect(emailContact(text), text).toBeUndefined();
  }
  expect(emailContact('ada+taxi@example.com')?.key).not.toBe(emailContact('ada@example.com')?.key);
});

it('[ACC1] Spellings of one phone number are the same, in E.164', () => {
  for (const spelling of [
    '+4915112345678',
    '+49 (151) 123-45.678',
    '+49 (0)151 12345678',
    '004915112345678',
    '0049 (0) 151 / 12345678',
    '(+49) 151 12345678',
    '+49\u00a0151\u201112345678',
    '＋４９１５１１２３４５６７８',
    '+٤٩١٥١١٢٣٤٥٦٧٨',
    '\u202a+4915112345678\u202c',
  ]) {
    expect(phoneContact(spelling, undefined)?.key, spelling).toBe('+4915112345678');
    expect(phoneContact(spelling, 'US')?.key, spelling).toBe('+4915112345678');
  }
  for (const spelling of ['0151 12345678', '(0151) 123 456 78', '0049 151 12345678']) {
    expect(phoneContact(spelling, 'DE')?.key, spelling).toBe('+4915112345678');
  }
  expect(phoneContact('+390612345678', undefined)?.key).toBe('+390612345678');
});

it('[ACC1] A number without a country, with letters or with an extension is none', () => {
  for (const text of ['0151 12345678', '4915112345678', '', '+', 'call me', '+49', '+0151123456']) {
    expect(phoneContact(text, undefined), text).toBeUndefined();
  }
  for (const text of ['+49 151 12345678 ext. 5', 'call +49 151 12345678', `+49${'1'.repeat(20)}`]) {
    expect(phoneContact(text, 'DE'), text).toBeUndefined();
  }
});
