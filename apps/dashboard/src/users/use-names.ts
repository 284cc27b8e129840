import { useEffect, useState } from 'react';
import { ask } from '../session/rest.js';
import { nameOf, type Person } from './person.js';

/** Names do not change while a page looks at them; those that could not be read are asked for again. */
const known = new Map<string, Promise<string>>();

function nameFor(id: string): Promise<string> {
  let name = known.get(id);
  if (!name) {
    name = ask<Person>('GET', `admin/users/${id}`).then(({ data }) => nameOf(data));
    name.catch(() => known.delete(id));
    known.set(id, name);
  }
  return name;
}

/** What people are called, as soon as it is known. */
export function useNames(ids: readonly (string | null | undefined)[]): ReadonlyMap<string, string> {
  const [names, setNames] = useState<ReadonlyMap<string, string>>(new Map());
  const key = [...new Set(ids)].filter(Boolean).join(' ');
  useEffect(() => {
    let isWanted = true;
    for (const id of key.split(' ').filter(Boolean)) {
      nameFor(id).then(
        (name) => isWanted && setNames((before) => new Map(before).set(id, name)),
        // The id is shown.
        () => undefined,
      );
    }
    return () => {
      isWanted = false;
    };
  }, [key]);
  return names;
}
