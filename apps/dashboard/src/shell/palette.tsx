import { useEffect, useId, useMemo, useState, type KeyboardEvent } from 'react';
import { session } from '../session/session.js';
import { Language, language, useWords } from '../words/words.js';
import { findOnServer, type FoundOnServer } from './find-on-server.js';
import { Overlay } from './overlay.js';
import { navigate } from './router.js';
import { Theme, theme } from './theme.js';
import { views } from './views.js';

interface Command {
  key: string;
  label: string;
  hint: string;
  run: () => void;
}

const ASK_AFTER_MS = 300;
/** Shorter texts fit nearly everything. */
const SHORTEST_QUESTION = 3;
const NOTHING_FOUND = { found: [], hasFailed: false };

interface PaletteProps {
  onClose: () => void;
  onHelp: () => void;
}

/** Does anything by its name: goes to views, finds trips and people, changes how the page looks. */
export function Palette({ onClose, onHelp }: PaletteProps) {
  const words = useWords();
  const list = useId();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const commands = useCommands(onHelp);
  const { found, hasFailed } = useFound(text);
  const wanted = folded(text.trim());
  const shown: Command[] = [
    ...commands.filter(({ label, hint }) => folded(`${hint} ${label}`).includes(wanted)),
    ...found.map(({ key, kind, label, path }) => ({
      key,
      label,
      hint: kind === 'trip' ? words.palette.trip : words.userTypes[kind],
      run: () => navigate(path),
    })),
  ];
  const chosen = Math.min(at, shown.length - 1);

  const run = (command: Command | undefined): void => {
    if (!command) return;
    onClose();
    command.run();
  };
  const onKey = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && shown.length > 0)
      setAt((chosen + step + shown.length) % shown.length);
    else if (event.key === 'Enter' && !event.nativeEvent.isComposing) run(shown[chosen]);
    else return;
    event.preventDefault();
  };
  useEffect(() => {
    document.getElementById(`${list}-${chosen}`)?.scrollIntoView({ block: 'nearest' });
  }, [list, chosen]);

  return (
    <Overlay label={words.palette.title} className="palette" onClose={onClose}>
      <input
        type="text"
        role="combobox"
        aria-label={words.palette.title}
        aria-expanded="true"
        aria-controls={list}
        aria-activedescendant={shown.length > 0 ? `${list}-${chosen}` : undefined}
        placeholder={words.palette.placeholder}
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKey}
      />
      <ul id={list} role="listbox" aria-label={words.palette.title}>
        {shown.map((command, i) => (
          <li
            key={command.key}
            id={`${list}-${i}`}
            role="option"
            aria-selected={i === chosen}
            onPointerMove={() => setAt(i)}
            onClick={() => run(command)}
          >
            <span>{command.label}</span>
            <span className="muted">{command.hint}</span>
          </li>
        ))}
      </ul>
      {hasFailed && (
        <p className="notice" role="alert">
          {words.map.searchFailed}
        </p>
      )}
      {shown.length === 0 && !hasFailed && <p className="muted">{words.map.nothingFound}</p>}
    </Overlay>
  );
}

function useCommands(onHelp: () => void): Command[] {
  const words = useWords();
  return useMemo(
    () => [
      ...views.map(({ name, path, key }) => ({
        key: path,
        label: words.nav[name],
        hint: `${words.palette.view} · g ${key}`,
        run: () => navigate(path),
      })),
      ...Object.values(Theme).map((each) => ({
        key: `theme ${each}`,
        label: words.theme[each],
        hint: words.theme.label,
        run: () => theme.set(each),
      })),
      {
        key: 'english',
        label: 'English',
        hint: words.palette.language,
        run: () => language.set(Language.english),
      },
      {
        key: 'spanish',
        label: 'Español',
        hint: words.palette.language,
        run: () => language.set(Language.spanish),
      },
      { key: 'help', label: words.keys.title, hint: '?', run: onHelp },
      {
        key: 'sign out',
        label: words.nav.signOut,
        hint: words.palette.session,
        run: () => void session.signOut(),
      },
    ],
    [words, onHelp],
  );
}

/** What the server has for a text, a moment after it was typed; the answer to the newest counts. */
function useFound(text: string): { found: readonly FoundOnServer[]; hasFailed: boolean } {
  const [answer, setAnswer] = useState<ReturnType<typeof useFound>>(NOTHING_FOUND);
  const question = text.trim();
  useEffect(() => {
    setAnswer(NOTHING_FOUND);
    if (question.length < SHORTEST_QUESTION) return undefined;
    const asked = new AbortController();
    const timer = setTimeout(() => {
      findOnServer(question, asked.signal).then(
        (found) => !asked.signal.aborted && setAnswer({ found, hasFailed: false }),
        () => !asked.signal.aborted && setAnswer({ found: [], hasFailed: true }),
      );
    }, ASK_AFTER_MS);
    return () => {
      clearTimeout(timer);
      asked.abort();
    };
  }, [question]);
  return answer;
}

/** Without accents and in one case, as people type. */
function folded(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
