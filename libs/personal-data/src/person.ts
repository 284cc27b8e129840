/** A person whose data is looked for, and what names it. */
export interface Person {
  id: string;
  /** What stands in the place of its id in records that stay. */
  pseudonym: string;
  name?: string;
  email?: string;
  phoneNumber?: string;
}

/** What was removed or changed, by kind. */
export type ErasedCounts = Record<string, number>;
