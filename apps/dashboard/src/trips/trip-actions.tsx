import { useState } from 'react';
import { TripStatus } from '#libs/contracts/browser';
import { ask, RestFailure } from '../session/rest.js';
import { ConfirmedAction } from '../shell/confirmed-action.js';
import { useFailureText } from '../words/failure-text.js';
import { useViewWords } from '../words/view-words.js';
import { useWords } from '../words/words.js';
import { type AdminTrip } from './admin-trip.js';
import { tripsWords } from './trips-words.js';

const { pending, assigning, accepted, arriving, inProgress, completed, cancelled, noDriversFound } =
  TripStatus;

/** Where a dispatcher may set a trip by hand, see the protocol; a search anew is another action. */
const SETTABLE: Record<TripStatus, readonly TripStatus[]> = {
  [pending]: [assigning, noDriversFound, cancelled],
  [assigning]: [noDriversFound, cancelled],
  [accepted]: [assigning, arriving, inProgress, completed, cancelled],
  [arriving]: [assigning, inProgress, completed, cancelled],
  [inProgress]: [completed, cancelled],
  [noDriversFound]: [],
  [completed]: [],
  [cancelled]: [],
};
const SEARCHABLE: readonly TripStatus[] = [assigning, noDriversFound];
const OVER: readonly TripStatus[] = [completed, cancelled, noDriversFound];

interface TripActionsProps {
  trip: AdminTrip;
  onDone: () => void;
}

/** Everything that a dispatcher can do to a trip, each with a reason. */
export function TripActions({ trip, onDone }: TripActionsProps) {
  const words = useWords();
  const failureText = useFailureText();
  const more = useViewWords(tripsWords);
  const [said, setSaid] = useState<{ text: string; canUndo: boolean }>();
  const { id, status } = trip;
  const act = async (action: string, body: object, canUndo = false): Promise<void> => {
    await ask('POST', `admin/trips/${id}/actions/${action}`, { body });
    setSaid({ text: canUndo ? more.noDriversDone : more.done, canUndo });
    onDone();
  };
  const refuse = (failure: unknown): void => {
    if (!(failure instanceof RestFailure)) throw failure;
    setSaid({ text: failureText(failure), canUndo: true });
  };
  const note = (
    <label>
      {more.note}
      <textarea name="internalNote" rows={2} maxLength={1_000} />
    </label>
  );

  return (
    <>
      <div className="row no-print" role="group" aria-label={words.trips.actions}>
        <ConfirmedAction
          label={words.trips.message}
          keptAs={`message to trip ${id}`}
          textLabel={more.message}
          fields={
            <label>
              {more.target}
              <select name="target">
                <option value="both">{more.both}</option>
                <option value="passenger">{more.passenger}</option>
                <option value="driver">{more.driver}</option>
              </select>
            </label>
          }
          run={(message, form) => act('send-message', { target: form.get('target'), message })}
        />
        {SEARCHABLE.includes(status) && (
          <ConfirmedAction
            label={words.trips.retry}
            keptAs={`search for ${id}`}
            fields={
              <>
                <NumberField name="searchRadiusMeters" label={more.radius} least={100} />
                <NumberField name="maxCandidates" label={more.maxOffers} least={1} />
                <NumberField name="offerTtlSeconds" label={more.offerSeconds} least={1} />
              </>
            }
            run={(reason, form) =>
              act('retry-matching', {
                reason,
                ...numbersOf(form, ['searchRadiusMeters', 'maxCandidates', 'offerTtlSeconds']),
              })
            }
          />
        )}
        {SETTABLE[status].length > 0 && (
          <ConfirmedAction
            label={more.override}
            keptAs={`status of ${id}`}
            fields={
              <>
                <label>
                  {more.newStatus}
                  <select name="targetStatus">
                    {SETTABLE[status].map((each) => (
                      <option key={each} value={each}>
                        {words.tripStatus[each]}
                      </option>
                    ))}
                  </select>
                </label>
                {SETTABLE[status].includes(completed) && (
                  <>
                    <NumberField name="actualDistanceKm" label={more.distanceKm} step="any" />
                    <NumberField name="actualDurationMin" label={more.minutes} step="any" />
                    <NumberField name="fareTotal" label={more.fareTotal} />
                  </>
                )}
                {note}
              </>
            }
            run={(reason, form) =>
              act('override-status', {
                targetStatus: form.get('targetStatus'),
                reason,
                ...noteOf(form),
                ...numbersOf(form, ['actualDistanceKm', 'actualDurationMin', 'fareTotal']),
              })
            }
          />
        )}
        {(status === assigning || status === pending) && (
          <ConfirmedAction
            label={words.trips.noDrivers}
            keptAs={`no drivers for ${id}`}
            isDangerous
            fields={note}
            run={(reason, form) => act('mark-no-drivers', { reason, ...noteOf(form) }, true)}
          />
        )}
        {!OVER.includes(status) && (
          <ConfirmedAction
            label={words.trips.cancel}
            keptAs={`cancel ${id}`}
            isDangerous
            fields={note}
            run={(reason, form) => act('cancel', { reason, ...noteOf(form) })}
          />
        )}
      </div>
      {said && (
        <p className="notice good row no-print" role="status">
          {said.text}
          {said.canUndo && status === noDriversFound && (
            <button
              type="button"
              onClick={() => void act('retry-matching', { reason: more.undone }).catch(refuse)}
            >
              {more.undo}
            </button>
          )}
        </p>
      )}
    </>
  );
}

interface NumberFieldProps {
  name: string;
  label: string;
  least?: number;
  step?: string;
}

function NumberField({ name, label, least = 0, step = '1' }: NumberFieldProps) {
  return (
    <label>
      {label}
      <input name={name} type="number" min={least} step={step} />
    </label>
  );
}

/** What was filled in. */
function numbersOf(form: FormData, names: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const text = String(form.get(name) ?? '').trim();
      return text === '' ? [] : [[name, Number(text)]];
    }),
  );
}

function noteOf(form: FormData): { internalNote?: string } {
  const internalNote = String(form.get('internalNote') ?? '').trim();
  return internalNote === '' ? {} : { internalNote };
}
