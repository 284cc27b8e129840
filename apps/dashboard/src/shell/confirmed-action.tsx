import { useRef, useState, type FormEvent, type ReactNode } from 'react';
import { RestFailure } from '../session/rest.js';
import { useWords } from '../words/words.js';

interface ConfirmedActionProps {
  label: string;
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
  textLabel,
  isDangerous = false,
  explanation,
  needsText = explanation === undefined,
  fields,
  run,
}: ConfirmedActionProps) {
  const words = useWords();
  const dialog = useRef<HTMLDialogElement>(null);
  const [outcome, setOutcome] = useState<string>();
  const [isBusy, setBusy] = useState(false);

  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const filled = event.currentTarget;
    const form = new FormData(filled);
    const text = String(form.get('text') ?? '').trim();
    if (needsText && text === '') return setOutcome(words.dialog.reasonNeeded);
    setBusy(true);
    try {
      await run(text, form);
      setOutcome(undefined);
      filled.reset();
      dialog.current?.close();
    } catch (error) {
      if (!(error instanceof RestFailure)) throw error;
      setOutcome(`${words.error.refused}: ${error.message}`);
    } finally {
      setBusy(false);
    }
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
      <dialog ref={dialog} className="dialog" aria-label={label}>
        <form onSubmit={(event) => void submit(event)}>
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
