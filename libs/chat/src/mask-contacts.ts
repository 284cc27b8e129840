/** Digits of any script, with what people write between those of one number. */
const NUMBER = /\p{Nd}(?:[ \u00a0\u2009\u202f().\-\u2010-\u2015_/*]{0,3}\p{Nd})*/gu;
/** The shortest numbers that anybody answers, and the longest card. */
const SHORTEST = 7;
/** What stays of it, so that the two know which number is meant. */
const SHOWN = 2;
/** Days and times of day are said about every trip. */
const DATE = /^(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{4})$/u;

/**
 * Hides phone numbers and the numbers of cards: of each the digits but the last two become `*`. It
 * rather hides a number that was harmless than shows one that was not.
 */
export function maskContacts(text: string): string {
  return text.replaceAll(NUMBER, (written) => {
    const digits = written.match(/\p{Nd}/gu) ?? [];
    if (digits.length < SHORTEST || DATE.test(written)) return written;
    let left = digits.length - SHOWN;
    return written.replaceAll(/\p{Nd}/gu, (digit) => ((left -= 1) >= 0 ? '*' : digit));
  });
}
