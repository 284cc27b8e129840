import { type Person } from './person.js';

/** What is read in the place of the name of an erased person. */
export const ERASED_NAME = 'Erased';
const ERASED_CONTACT = '[erased]';

/** Fields by which a record says whom it describes. */
const ID_FIELDS = ['id', 'userId', 'driverId', 'passengerId'];
const CONTACT_FIELDS = ['photoUrl', 'phoneMasked', 'phone', 'phoneNumber', 'email'];
/** What people write freely about a trip. */
const TEXT_FIELDS = ['note', 'notes', 'message'];
/** What others wrote, or chose: a word that looks like the id of the person is none. */
const FREE_FIELDS = ['text', 'clientMessageId', 'title', 'body', 'plate', 'address', 'name'];
/** About a kilometre: enough to see where trips go, too little to see who lives where. */
const COARSE_DIGITS = 2;

export interface AnonymisingOptions {
  /** Places lose their addresses and all but a kilometre, and what was written freely goes: its own trip. */
  isOwnTrip?: boolean;
}

/**
 * The value without what says who the person is: its id becomes the pseudonym, also behind
 * `driver:` and the like, its name and contacts go. The shape stays. What nothing changes in is
 * returned as it is.
 */
export function anonymised<T>(value: T, person: Person, options: AnonymisingOptions = {}): T {
  return anonymise(value, person, options) as T;
}

function anonymise(value: unknown, person: Person, options: AnonymisingOptions): unknown {
  if (typeof value === 'string') return anonymiseText(value, person);
  if (Array.isArray(value))
    return sameOr(
      value,
      value.map((each) => anonymise(each, person, options)),
    );
  if (typeof value !== 'object' || value === null) return value;
  return anonymiseRecord(value as Record<string, unknown>, person, options);
}

function anonymiseRecord(
  record: Record<string, unknown>,
  person: Person,
  options: AnonymisingOptions,
): Record<string, unknown> {
  const isThePerson = ID_FIELDS.some((field) => record[field] === person.id);
  const isPlace = typeof record['lat'] === 'number' && typeof record['lng'] === 'number';
  const entries = Object.entries(record);
  const changed = entries.map(([name, value]): [string, unknown] => {
    const newName = anonymiseText(name, person);
    if (isThePerson && name === 'name') return [newName, value === null ? null : ERASED_NAME];
    if (isThePerson && CONTACT_FIELDS.includes(name)) return [newName, null];
    if (options.isOwnTrip) {
      if (isPlace && (name === 'lat' || name === 'lng')) return [newName, coarse(value as number)];
      if (isPlace && (name === 'address' || name === 'placeId')) return [newName, null];
      if (TEXT_FIELDS.includes(name) && typeof value === 'string') return [newName, ''];
    }
    if (typeof value === 'string' && FREE_FIELDS.includes(name))
      return [newName, withoutContacts(value, person)];
    return [newName, anonymise(value, person, options)];
  });
  const isSame = changed.every(
    ([name, value], i) => name === entries[i]![0] && value === entries[i]![1],
  );
  return isSame ? record : Object.fromEntries(changed);
}

/** A name goes only beside the id: people choose theirs, and one may be called like a status. */
function anonymiseText(text: string, person: Person): string {
  const { id, pseudonym } = person;
  if (text === id) return pseudonym;
  if (text.endsWith(`:${id}`) && /^[a-z]+$/.test(text.slice(0, -id.length - 1)))
    return text.slice(0, -id.length) + pseudonym;
  return withoutContacts(text, person);
}

function withoutContacts(text: string, { email, phoneNumber }: Person): string {
  let left = text;
  for (const contact of [email, phoneNumber])
    if (contact !== undefined) left = left.replaceAll(contact, ERASED_CONTACT);
  return left;
}

function sameOr(before: readonly unknown[], after: unknown[]): readonly unknown[] {
  return after.every((each, i) => each === before[i]) ? before : after;
}

function coarse(degrees: number): number {
  return Number(degrees.toFixed(COARSE_DIGITS));
}
