import { keep, keptOf } from './kept.js';

/** The fields of a form by their names. */
type Typed = Record<string, string>;

/** What is typed there is never kept. */
const SECRET = 'password';

/** Keeps what was typed into a form, but for passwords. @param name see `keep` */
export function keepForm(name: string, form: HTMLFormElement): void {
  const typed = Object.fromEntries(new FormData(form));
  delete typed[SECRET];
  keep(name, typed);
}

/** Fills in what was kept. @returns whether there was anything */
export function fillKept(name: string, form: HTMLFormElement): boolean {
  const typed = keptOf<Typed>(name);
  if (!typed) return false;
  for (const [field, value] of Object.entries(typed)) {
    const found = form.elements.namedItem(field);
    const isField =
      found instanceof HTMLInputElement ||
      found instanceof HTMLSelectElement ||
      found instanceof HTMLTextAreaElement;
    if (isField) found.value = value;
  }
  return true;
}
