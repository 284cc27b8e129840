/** Upper and lower case name the same mailbox everywhere that matters. */
export function normalizeEmail(email: string): string {
  return email.trim().toLowerCase();
}

/** `+49 (151) 123-45` and `+4915112345` are one number. */
export function normalizePhoneNumber(phoneNumber: string): string {
  return phoneNumber.replaceAll(/[\s().-]/g, '');
}
