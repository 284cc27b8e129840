import { useRef, useState } from 'react';
import { ask, RestFailure } from '../session/rest.js';
import { hrefOf } from '../shell/address.js';
import { useFailureText } from '../words/failure-text.js';
import { usePhoneWords } from '../phone/words/use-phone-words.js';

interface Share {
  id: string;
  /** Told once, when it is made. */
  token: string;
}

/** Makes a link by which anybody follows the trip, and takes it back. */
export function ShareLink({ tripId }: { tripId: string }) {
  const words = usePhoneWords().share;
  const failureText = useFailureText();
  const dialog = useRef<HTMLDialogElement>(null);
  const [share, setShare] = useState<Share>();
  const [said, setSaid] = useState<string>();

  const tryTo = async (act: () => Promise<void>): Promise<void> => {
    try {
      setSaid(undefined);
      await act();
    } catch (error) {
      if (!(error instanceof RestFailure)) throw error;
      setSaid(failureText(error));
    }
  };
  const open = (): Promise<void> => {
    dialog.current?.showModal();
    return tryTo(async () => {
      if (!share) setShare((await ask<Share>('POST', `trips/${tripId}/shares`, { body: {} })).data);
    });
  };
  const revoke = (): Promise<void> =>
    tryTo(async () => {
      await ask('DELETE', `trips/${tripId}/shares/${share!.id}`);
      setShare(undefined);
      setSaid(words.revoked);
    });
  const url = share && location.origin + hrefOf(`/share/${share.token}`);
  const copy = async (): Promise<void> => {
    // Without TLS a browser has no clipboard for pages.
    const copied = Promise.resolve().then(() => navigator.clipboard.writeText(url!));
    await copied.then(
      () => setSaid(words.copied),
      () => setSaid(words.copyByHand),
    );
  };

  return (
    <>
      <button type="button" onClick={() => void open()}>
        {words.open}
      </button>
      <dialog ref={dialog} className="phone-dialog" aria-label={words.open}>
        <h2>{words.open}</h2>
        <p>{words.explanation}</p>
        {url && (
          <>
            <input
              readOnly
              aria-label={words.link}
              value={url}
              onFocus={(event) => event.target.select()}
            />
            <div className="row">
              <button type="button" className="primary" onClick={() => void copy()}>
                {words.copy}
              </button>
              <button type="button" className="danger" onClick={() => void revoke()}>
                {words.revoke}
              </button>
            </div>
          </>
        )}
        <p role="status">{said}</p>
        <button type="button" onClick={() => dialog.current?.close()}>
          {words.close}
        </button>
      </dialog>
    </>
  );
}
