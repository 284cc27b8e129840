/**
 * Digits of any script, also in circles or raised, with what people write between those of one number:
 * up to three signs, each with what nobody sees and what belongs to a digit, e.g. the box of a keycap.
 */
const NUMBER =
  /[\p{Nd}\p{No}][\p{Default_Ignorable_Code_Point}\p{M}]*(?:(?:[\s().\-\u2010-\u2015_/*\u00b7\u2022][\p{Default_Ignorable_Code_Point}\p{M}]*){0,3}[\p{Nd}\p{No}][\p{Default_Ignorable_Code_Point}\p{M}]*)*/gu;
/** The shortest numbers that anybody answers, and the longest card. */
const SHORTEST = 7;
/** What stays of it, so that the two know which number is meant. */
const SHOWN = 2;
/** Days and times of day are said about every trip; the hour may stand behind the day. */
const DATE =
  /^(?:(?:19|20)\d\d(?:[-./](?:[0-2]?\d|3[01])){2}|(?:(?:[0-2]?\d|3[01])[-./]){2}(?:19|20)\d\d)(?:\s+[0-2]?\d)?$/u;

/**
 * Hides phone numbers and the numbers of cards: of each the digits but the last two become `*`. It
 * rather hides a number that was harmless than shows one that was not.
 */
export function maskContacts(text: string): string {
  return text.replaceAll(NUMBER, (written) => {
    const digits = written.match(/[\p{Nd}\p{No}]/gu) ?? [];
    if (digits.length < SHORTEST || DATE.test(written)) return written;
    let left = digits.length - SHOWN;
    return written.replaceAll(/[\p{Nd}\p{No}]/gu, (digit) => ((left -= 1) >= 0 ? '*' : digit));
  });
}
