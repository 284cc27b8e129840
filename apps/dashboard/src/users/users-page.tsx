import { useEffect, useRef, useState } from 'react';
import { AccountStatus, UserType } from '#libs/contracts/browser';
import { useAnswer } from '../session/use-answer.js';
import { NotRead } from '../shell/read.js';
import { Link, setFilters, useAddress } from '../shell/router.js';
import { type Dispatch } from '../shell/dispatch.js';
import { useViewWords } from '../words/view-words.js';
import { numberOf, timeOf, useWords } from '../words/words.js';
import { NewAccount } from './new-account.js';
import { type Person } from './person.js';
import { PersonPanel } from './person-panel.js';
import { usersWords } from './users-words.js';
import './users.css';

const PAGE = 50;
const SEARCH_AFTER_MS = 300;

interface UsersPageProps {
  dispatch: Dispatch;
  /** The account, or `new`. */
  id: string | undefined;
}

/** All accounts with their filters in the address; the chosen one beside them. */
export function UsersPage({ dispatch, id }: UsersPageProps) {
  const words = useViewWords(usersWords);
  const { userTypes } = useWords();
  const { searchParams } = useAddress();
  const [filters, page] = useFilters(searchParams);
  const { answer, failure, isLoading, again } = useAnswer<Person[]>('admin/users', {
    ...filters,
    page: String(page),
    limit: String(PAGE),
  });
  const people = answer?.data ?? [];
  const total = answer?.meta.total ?? 0;
  const pages = Math.max(1, Math.ceil(total / PAGE));
  const kept = searchParams.size > 0 ? `?${searchParams}` : '';

  return (
    <div className="users" data-shows={id ? 'panel' : 'list'}>
      <h1 className="visually-hidden">{words.title}</h1>
      <section className="users-list">
        <header className="users-head">
          <h2 className="users-title" aria-hidden="true">
            {words.title}
          </h2>
          <Filters filters={filters} />
          <Link to={`/users/new${kept}`} className="button primary">
            {words.create}
          </Link>
        </header>
        {failure && <NotRead what={words.failed} failure={failure} again={again} />}
        {!answer && isLoading && <p className="muted">{words.loading}</p>}
        {answer && people.length === 0 && <p className="muted">{words.none}</p>}
        {people.length > 0 && (
          <div className="trips-scroll" tabIndex={0} role="region" aria-label={words.title}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{words.name}</th>
                  <th scope="col">{words.type}</th>
                  <th scope="col">{words.status}</th>
                  <th scope="col">{words.contact}</th>
                  <th scope="col">{words.created}</th>
                </tr>
              </thead>
              <tbody data-list>
                {people.map((person) => (
                  <tr key={person.id} aria-current={person.id === id || undefined}>
                    <td>
                      <Link to={`/users/${person.id}${kept}`} isItem>
                        {person.name ?? person.email ?? person.phoneNumber ?? words.unnamed}
                      </Link>
                    </td>
                    <td>{userTypes[person.userType]}</td>
                    <td>
                      <span className={`status account-${person.status}`}>
                        {words[person.status]}
                      </span>
                    </td>
                    <td>{[person.phoneNumber, person.email].filter(Boolean).join(', ')}</td>
                    <td>{timeOf(person.createdAt)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        {answer?.meta.isComplete === false && <p className="muted">{words.notAll}</p>}
        {answer && (
          <footer className="row users-pages">
            <span className="muted" role="status">
              {words.count} {numberOf(total)}
              {pages > 1 && `. ${words.page} ${page} ${words.of} ${pages}`}
            </span>
            {page > 1 && (
              <button type="button" onClick={() => setFilters({ page: String(page - 1) })}>
                {words.before}
              </button>
            )}
            {page < pages && (
              <button type="button" onClick={() => setFilters({ page: String(page + 1) })}>
                {words.next}
              </button>
            )}
          </footer>
        )}
      </section>
      {id === 'new' && <NewAccount back={`/users${kept}`} onMade={again} />}
      {id && id !== 'new' && (
        <PersonPanel
          key={id}
          userId={id}
          ownId={dispatch.chat.hello?.userId}
          back={`/users${kept}`}
          onChange={again}
        />
      )}
    </div>
  );
}

function useFilters(searchParams: URLSearchParams): [Record<string, string>, number] {
  const read = (name: string): string => searchParams.get(name) ?? '';
  const filters = { q: read('q'), userType: read('userType'), status: read('status') };
  return [filters, Math.max(1, Number(read('page')) || 1)];
}

function Filters({ filters }: { filters: Record<string, string> }) {
  const words = useViewWords(usersWords);
  const { userTypes } = useWords();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const said = filters['q'] ?? '';
  const [text, setText] = useState(said);
  useEffect(() => () => clearTimeout(timer.current), []);
  // A link within the page may name another text, or none.
  useEffect(() => setText((typed) => (typed.trim() === said ? typed : said)), [said]);
  const search = (typed: string): void => {
    setText(typed);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setFilters({ q: typed.trim(), page: '' }), SEARCH_AFTER_MS);
  };
  return (
    <div className="users-filters" role="search">
      <input
        type="search"
        aria-label={words.search}
        placeholder={words.search}
        value={text}
        maxLength={100}
        data-search
        onChange={({ target }) => search(target.value)}
      />
      <select
        aria-label={words.type}
        value={filters['userType']}
        onChange={({ target }) => setFilters({ userType: target.value, page: '' })}
      >
        <option value="">{words.allTypes}</option>
        {Object.values(UserType).map((type) => (
          <option key={type} value={type}>
            {userTypes[type]}
          </option>
        ))}
      </select>
      <select
        aria-label={words.status}
        value={filters['status']}
        onChange={({ target }) => setFilters({ status: target.value, page: '' })}
      >
        <option value="">{words.allStates}</option>
        {Object.values(AccountStatus).map((status) => (
          <option key={status} value={status}>
            {words[status]}
          </option>
        ))}
      </select>
    </div>
  );
}
