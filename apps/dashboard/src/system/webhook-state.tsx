import { useEffect, useState } from 'react';
import { ask, RestFailure } from '../session/rest.js';
import { toPageTime } from '../session/server-clock.js';
import { useAnswer } from '../session/use-answer.js';
import { NotRead } from '../shell/read.js';
import { Ago } from '../words/ago.js';
import { useFailureText } from '../words/failure-text.js';
import { numberOf, useWords } from '../words/words.js';
import { type SystemAnswer } from './system-answer.js';

interface DeadLetter {
  id: string;
  endpoint: string;
  type: string;
  subject: string;
  reason: string;
  attempts: number;
  diedAt: string;
}

const MOST = '100';

/** What the systems of the company have not got yet, and what was given up, to be sent again. */
export function WebhookState({
  webhooks,
  deadLetters,
}: Pick<SystemAnswer, 'webhooks' | 'deadLetters'>) {
  const words = useWords();
  const failureText = useFailureText();
  const { system } = words;
  const { answer, failure, again } = useAnswer<DeadLetter[]>('admin/webhooks/dead-letters', {
    limit: MOST,
  });
  const [refusal, setRefusal] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  useEffect(again, [again, deadLetters]);
  const letters = answer?.data ?? [];

  const replay = async (chosen: readonly DeadLetter[]): Promise<void> => {
    setBusy(true);
    setRefusal(undefined);
    try {
      // One after the other: the oldest facts of a trip are to come first.
      for (const { id } of chosen) await ask('POST', `admin/webhooks/dead-letters/${id}/replay`);
    } catch (error) {
      if (!(error instanceof RestFailure)) throw error;
      setRefusal(failureText(error));
    } finally {
      setBusy(false);
      again();
    }
  };

  return (
    <section className="webhooks" aria-labelledby="webhooks">
      <h2 id="webhooks">{system.webhooks}</h2>
      {webhooks.length === 0 && <p className="muted">{system.noWebhooks}</p>}
      <dl className="facts">
        {webhooks.map(({ endpoint, waiting }) => (
          <div key={endpoint}>
            <dt>{endpoint}</dt>
            <dd>
              {numberOf(waiting)} {system.waitingFacts}
            </dd>
          </div>
        ))}
      </dl>
      {failure && <NotRead what={system.deadLettersFailed} failure={failure} again={again} />}
      {refusal && (
        <p className="notice" role="alert">
          {refusal}
        </p>
      )}
      {letters.length > 0 && (
        <>
          <div className="webhooks-head">
            <h3>
              {system.deadLetters} ({numberOf(deadLetters)})
            </h3>
            <button type="button" disabled={isBusy} onClick={() => void replay(letters)}>
              {system.replayAll}
            </button>
          </div>
          <ul className="letters" data-list>
            {letters.map((letter) => (
              <li key={letter.id} data-letter={letter.id}>
                <span>
                  <strong>{letter.type || letter.id}</strong>{' '}
                  <code>{letter.subject.slice(0, 8)}</code>
                  <br />
                  <span className="muted">
                    {letter.endpoint}, {letter.reason}, <Ago at={toPageTime(letter.diedAt)} />
                  </span>
                </span>
                <button
                  type="button"
                  data-item
                  disabled={isBusy}
                  aria-label={`${system.replay}: ${letter.type} ${letter.subject}`}
                  onClick={() => void replay([letter])}
                >
                  {system.replay}
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
