import { useRef, useState, type ReactNode } from 'react';
import { type Result } from '#libs/client';
import { useFailureText } from '../words/failure-text.js';
import { usePhoneWords } from './words/use-phone-words.js';

interface ConfirmedProps {
  label: string;
  children: ReactNode;
  /** What the others are told; the first is chosen at the beginning. */
  reasons: readonly string[];
  run: (reason: string) => Promise<Result<unknown>>;
}

/** A button for what cannot be undone: asks why first, then says what came of it. */
export function Confirmed({ label, children, reasons, run }: ConfirmedProps) {
  const words = usePhoneWords();
  const failureText = useFailureText();
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState(reasons[0]!);
  const [refused, setRefused] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const confirm = async (): Promise<void> => {
    setBusy(true);
    const answer = await run(reason);
    setBusy(false);
    setRefused(answer.ok ? undefined : failureText(answer.error));
    if (answer.ok) dialog.current?.close();
  };
  return (
    <>
      <button type="button" className="danger" onClick={() => dialog.current?.showModal()}>
        {label}
      </button>
      <dialog ref={dialog} className="phone-dialog" aria-label={label}>
        <h2>{label}</h2>
        <p>{children}</p>
        <fieldset>
          <legend>{words.cancel.why}</legend>
          {reasons.map((each) => (
            <label key={each} className="choice">
              <input
                type="radio"
                name="reason"
                checked={each === reason}
                onChange={() => setReason(each)}
              />
              {each}
            </label>
          ))}
        </fieldset>
        {refused && (
          <p className="notice" role="alert">
            {refused}
          </p>
        )}
        <div className="row">
          <button type="button" className="danger" disabled={isBusy} onClick={() => void confirm()}>
            {label}
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            {words.cancel.notNow}
          </button>
        </div>
      </dialog>
    </>
  );
}
