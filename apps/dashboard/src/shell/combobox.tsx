import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { useWords } from '../words/words.js';

const FIND_AFTER_MS = 200;

interface ComboboxProps<T> {
  label: string;
  placeholder?: string;
  /** What stands in the field until something is typed. */
  text?: string;
  autoFocus?: boolean;
  find: (text: string, signal: AbortSignal) => Promise<readonly T[]>;
  keyOf: (item: T) => string;
  show: (item: T) => ReactNode;
  onChoose: (item: T) => void;
  /** The field was emptied. */
  onClear?: () => void;
}

/** A field that finds while one types; arrows move through what was found, Enter takes it. */
export function Combobox<T>(props: ComboboxProps<T>) {
  const { label, placeholder, text = '', autoFocus, find, keyOf, show, onChoose, onClear } = props;
  const { error, map: words } = useWords();
  const listId = useId();
  const [typed, setTyped] = useState<string>();
  const [found, setFound] = useState<readonly T[]>();
  const [hasFailed, setFailed] = useState(false);
  const [active, setActive] = useState(0);
  const finder = useRef(find);
  finder.current = find;

  useEffect(() => {
    const wanted = typed?.trim() ?? '';
    if (wanted === '') return setFound(undefined);
    const controller = new AbortController();
    const timer = setTimeout(() => {
      finder.current(wanted, controller.signal).then(
        (items) => {
          if (controller.signal.aborted) return;
          setFailed(false);
          setFound(items);
          setActive(0);
        },
        () => {
          if (!controller.signal.aborted) setFailed(true);
        },
      );
    }, FIND_AFTER_MS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [typed]);

  const close = (): void => {
    setTyped(undefined);
    setFound(undefined);
    setFailed(false);
  };
  const choose = (item: T | undefined): void => {
    if (item === undefined) return;
    close();
    onChoose(item);
  };
  const onKey = (event: KeyboardEvent): void => {
    const count = found?.length ?? 0;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && count > 0) setActive((active + step + count) % count);
    else if (event.key === 'Enter' && typed !== undefined) choose(found?.[active]);
    else if (event.key === 'Escape' && typed !== undefined) close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const isOpen = found !== undefined && found.length > 0;
  return (
    <div className="combobox">
      <label>
        {label}
        <input
          role="combobox"
          type="text"
          autoComplete="off"
          aria-expanded={isOpen}
          aria-controls={listId}
          aria-autocomplete="list"
          aria-activedescendant={isOpen ? `${listId}-${active}` : undefined}
          placeholder={placeholder}
          autoFocus={autoFocus}
          value={typed ?? text}
          onChange={({ target }) => {
            setTyped(target.value);
            if (target.value === '') onClear?.();
          }}
          onKeyDown={onKey}
          onBlur={() => setTimeout(close, FIND_AFTER_MS)}
        />
      </label>
      <ul id={listId} role="listbox" aria-label={label} hidden={!isOpen}>
        {found?.map((item, i) => (
          <li
            key={keyOf(item)}
            id={`${listId}-${i}`}
            role="option"
            aria-selected={i === active}
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => choose(item)}
          >
            {show(item)}
          </li>
        ))}
      </ul>
      {typed && found?.length === 0 && (
        <p className="muted" role="status">
          {words.nothingFound}
        </p>
      )}
      {hasFailed && (
        <p className="notice" role="alert">
          {words.searchFailed} {error.retry}.
        </p>
      )}
    </div>
  );
}
