/** Without letters and digits that sound or look alike on the phone. */
const SPOKEN = 'abcdefhkmnprstuwxyz234679';
const PASSWORD_LENGTH = 10;

/** A password that can be told on the phone: 46 bits. */
export function firstPassword(): string {
  const random = crypto.getRandomValues(new Uint32Array(PASSWORD_LENGTH));
  return Array.from(random, (value) => SPOKEN[value % SPOKEN.length]).join('');
}
