import { useEffect, useRef, useState, type FormEvent, type ReactNode } from 'react';
import { RestFailure } from '../session/rest.js';
import { useFailureText } from '../words/failure-text.js';
import { useWords } from '../words/words.js';
import { forget } from './kept.js';
import { fillKept, keepForm } from './kept-form.js';

interface ConfirmedActionProps {
  label: string;
  /**
   * What is done to whom, e.g. `ban <id>`: what was typed is kept under this name over a reload, until
   * it is sent or the dialog is closed. Only for dialogs in which one types.
   */
  keptAs?: string;
  /** What the text is asked for as; a reason when absent. */
  textLabel?: string;
  isDangerous?: boolean;
  /** Whether it cannot be done without a text. */
  needsText?: boolean;
  /** What it does, said instead of asking for a text. */
  explanation?: string;
  /** What is asked for beside the text. */
  fields?: ReactNode;
  run: (text: string, form: FormData) => Promise<void>;
}

/** A button for what others feel at once: asks for a reason first, then says what came of it. */
export function ConfirmedAction({
  label,
  keptAs,
  textLabel,
  isDangerous = false,
  explanation,
  needsText = explanation === undefined,
  fields,
  run,
}: ConfirmedActionProps) {
  const words = useWords();
  const failureText = useFailureText();
  const dialog = useRef<HTMLDialogElement>(null);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (keptAs === undefined || dialog.current!.open) return;
    if (fillKept(keptAs, form.current!)) dialog.current!.showModal();
  }, [keptAs]);
  const [outcome, setOutcome] = useState<string>();
  const [isBusy, setBusy] = useState(false);

  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const filled = new FormData(event.currentTarget);
    const text = String(filled.get('text') ?? '').trim();
    if (needsText && text === '') return setOutcome(words.dialog.reasonNeeded);
    setBusy(true);
    try {
      await run(text, filled);
      // What was done may have taken this button away before it is answered: then no dialog closes.
      if (keptAs !== undefined) forget(keptAs);
      dialog.current?.close();
    } catch (error) {
      if (!(error instanceof RestFailure)) throw error;
      setOutcome(failureText(error));
    } finally {
      setBusy(false);
    }
  };

  /** Sent or put away: the next time it begins anew. */
  const close = (): void => {
    setOutcome(undefined);
    form.current?.reset();
    if (keptAs !== undefined) forget(keptAs);
  };
  const note = (): void => {
    if (keptAs !== undefined) keepForm(keptAs, form.current!);
  };

  return (
    <>
      <button
        type="button"
        className={isDangerous ? 'danger' : ''}
        onClick={() => dialog.current?.showModal()}
      >
        {label}
      </button>
      <dialog ref={dialog} className="dialog" aria-label={label} onClose={close}>
        <form ref={form} onSubmit={(event) => void submit(event)} onInput={note}>
          <h2>{label}</h2>
          {explanation === undefined ? (
            <label>
              {textLabel ?? words.driver.reason}
              <textarea name="text" rows={3} maxLength={200} />
            </label>
          ) : (
            <p>{explanation}</p>
          )}
          {fields}
          {outcome && (
            <p className="notice" role="alert">
              {outcome}
            </p>
          )}
          <div className="row">
            <button type="submit" className={isDangerous ? 'danger' : 'primary'} disabled={isBusy}>
              {words.dialog.confirm}
            </button>
            <button type="button" onClick={() => dialog.current?.close()}>
              {words.dialog.cancel}
            </button>
          </div>
        </form>
      </dialog>
    </>
  );
}
