import { expect, it } from 'vitest';
import { normalizeEmail, normalizePhoneNumber } from './contact.js';

it('[ACC1] Spellings of one address or number are the same', () => {
  expect(normalizeEmail(' Ada@Example.COM ')).toBe('ada@example.com');
  expect(normalizePhoneNumber('+49 (151) 123-45.6')).toBe('+49151123456');
});
