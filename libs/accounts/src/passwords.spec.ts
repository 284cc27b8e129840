import { describe, expect, it } from 'vitest';
import { opaquePassword, passwordForms } from './passwords.js';

describe('passwords by RFC 8265', () => {
  it('[ACC8] One password is one however it is typed', () => {
    expect(opaquePassword('pa\u0308sswo\u0308rter')).toBe('pässwörter');
    expect(opaquePassword('correct\u00a0horse\u3000battery')).toBe('correct horse battery');
    expect(opaquePassword(' Correct Horse ')).toBe(' Correct Horse ');
  });

  it('[ACC8] Case, compatibility forms and emoji stay as they are', () => {
    for (const password of ['ﬁrst', 'Ａｄａ', 'Straße', '👨‍👩‍👧 ❤️ family', 'می‌خواهم']) {
      expect(opaquePassword(password)).toBe(password);
    }
  });

  it('[ACC8] Control characters, and what cannot be seen, are refused', () => {
    for (const password of [
      '',
      'nul\0inside',
      'line\nbreak',
      'bell\u0007',
      'lone\ud800surrogate',
      'zero\u200bwidth',
      'soft\u00adhyphen',
      'no\ufffecharacter',
    ]) {
      expect(opaquePassword(password), JSON.stringify(password)).toBeUndefined();
    }
  });

  it('[ACC8] What was hashed as typed is found: one form for ASCII, three at most', () => {
    expect(passwordForms('correct horse')).toEqual(['correct horse']);
    expect(passwordForms('pässword')).toEqual(['pässword', 'pa\u0308ssword']);
    expect(passwordForms('pa\u0308ss\u00a0word')).toEqual(['päss word', 'pa\u0308ss\u00a0word']);
    expect(passwordForms('ä\u00a0\u200b')).toHaveLength(2);
  });
});
