/** Signs that no keyboard shows alike: RFC 8265 refuses them in an OpaqueString. */
const REFUSED = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;
/** Likewise, but for those that emoji are joined with: phones put them in unasked. */
const INVISIBLE = /(?!\p{Join_Control}|\p{Variation_Selector})\p{Default_Ignorable_Code_Point}/u;
const SPACES = /\p{Zs}/gu;
const ASCII = /^[\0-\x7f]*$/;

/**
 * A password as the OpaqueString of RFC 8265 enforces it: any blank is U+0020, the form is NFC
 * (not NFKC: that would make other passwords alike), case stays. Undefined: it is refused.
 */
export function opaquePassword(password: string): string | undefined {
  if (password === '' || REFUSED.test(password) || INVISIBLE.test(password)) return undefined;
  return password.replaceAll(SPACES, ' ').normalize('NFC');
}

/**
 * What a stored hash may be of: the opaque form, or the password as it was typed when it was set
 * with a release that hashed it so. One for ASCII, three at most.
 */
export function passwordForms(password: string): string[] {
  if (ASCII.test(password)) return [password];
  const forms = [opaquePassword(password) ?? password, password, password.normalize('NFD')];
  return [...new Set(forms)];
}
