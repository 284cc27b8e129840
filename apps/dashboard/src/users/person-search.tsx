import { type UserType } from '#libs/contracts/browser';
import { Combobox } from '../shell/combobox.js';
import { useWords } from '../words/words.js';
import { findPeople, nameOf, type Person } from './person.js';

interface PersonSearchProps {
  label: string;
  placeholder?: string;
  userType?: UserType;
  autoFocus?: boolean;
  onChoose: (person: Person) => void;
}

/** Finds a person by name, e-mail address or phone number. */
export function PersonSearch({ userType, ...field }: PersonSearchProps) {
  const { userTypes } = useWords();
  return (
    <Combobox<Person>
      {...field}
      find={(text, signal) => findPeople(text, { ...(userType ? { userType } : {}), signal })}
      keyOf={({ id }) => id}
      show={(person) => (
        <>
          <strong>{nameOf(person)}</strong>{' '}
          <span className="muted">
            {userType ? '' : `${userTypes[person.userType]} `}
            {person.phoneNumber ?? person.email}
          </span>
        </>
      )}
    />
  );
}
