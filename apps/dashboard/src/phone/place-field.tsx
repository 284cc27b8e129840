import { useEffect, useState } from 'react';
import { findAddresses, type Address } from '../city/addresses.js';
import { type Point } from './street-map.js';
import { usePhoneWords } from './words/use-phone-words.js';

interface PlaceFieldProps {
  label: string;
  /** What is chosen now. */
  place: Point | undefined;
  /** The same in words, which may come later. */
  value: string;
  isCurrent: boolean;
  onFocus: () => void;
  onChoose: (address: Address) => void;
  /** Of a stop, which a ride can do without. */
  onTakeOut?: (() => void) | undefined;
}

/** After the last keystroke, before streets are looked for. */
const PAUSE_MS = 250;

/** A place by its street and house number. */
export function PlaceField(props: PlaceFieldProps) {
  const { label, place, value, isCurrent, onFocus, onChoose, onTakeOut } = props;
  const words = usePhoneWords().places;
  const [text, setText] = useState<string>();
  const [found, setFound] = useState<readonly Address[]>();
  const [hasFailed, setFailed] = useState(false);

  useEffect(() => {
    if (text === undefined || text.trim().length < 3) return setFound(undefined);
    let isWanted = true;
    const timer = setTimeout(() => {
      findAddresses(text).then(
        (addresses) => isWanted && (setFound(addresses), setFailed(false)),
        () => isWanted && (setFound([]), setFailed(true)),
      );
    }, PAUSE_MS);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [text]);

  // Also a tap on the map chooses: what was typed before it is over, but not what is typed until the
  // address of that place is found.
  useEffect(() => setText(undefined), [place?.lat, place?.lng]);
  const choose = (address: Address): void => {
    setText(undefined);
    onChoose(address);
  };
  /** A field that was emptied shows what is chosen all the same. */
  const leave = (): void => {
    if (text === '') setText(undefined);
  };
  return (
    <div className={isCurrent ? 'place is-current' : 'place'} onBlur={leave}>
      <label>
        <span>{label}</span>
        <input
          type="search"
          value={text ?? value}
          placeholder={words.placeholder}
          autoComplete="off"
          onFocus={onFocus}
          onChange={(event) => setText(event.target.value)}
        />
      </label>
      {onTakeOut && (
        <button type="button" aria-label={`${words.takeOut}: ${label}`} onClick={onTakeOut}>
          ×
        </button>
      )}
      {found && (
        <ul className="place-found">
          {found.length === 0 && (
            <li className="muted">{hasFailed ? words.failed : words.nothingFound}</li>
          )}
          {found.map((address) => (
            <li key={address.label}>
              <button type="button" onClick={() => choose(address)}>
                {address.label}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
