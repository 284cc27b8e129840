import { useEffect, useRef, useState } from 'react';
import { RestFailure } from '../session/rest.js';
import { type Dispatch } from '../shell/dispatch.js';
import { setFilters, useAddress } from '../shell/router.js';
import { useViewWords } from '../words/view-words.js';
import { useWords } from '../words/words.js';
import { TripBoard } from './trip-board.js';
import { Filters, keptOf, readFilters, type TripFilters } from './trip-filters.js';
import { TripTable } from './trip-table.js';
import { readAllTrips, saveCsv } from './trips-csv.js';
import { tripsWords } from './trips-words.js';

/** The trips as a list or as a board by state; what is shown stands in the address. */
export function TripsView({ dispatch }: { dispatch: Dispatch }) {
  const words = useWords();
  const more = useViewWords(tripsWords);
  const { searchParams } = useAddress();
  const filters = readFilters(searchParams);
  const isBoard = searchParams.get('view') === 'board';
  const kept = keptOf(searchParams);
  return (
    <section className="trips">
      <header className="trips-head">
        <h1>{words.trips.title}</h1>
        <div className="choices" role="group" aria-label={more.show}>
          {[
            ['', more.list],
            ['board', more.board],
          ].map(([name, label]) => (
            <button
              key={name}
              type="button"
              aria-pressed={isBoard === (name === 'board')}
              onClick={() => setFilters({ view: name ?? '' })}
            >
              {label}
            </button>
          ))}
        </div>
        <SaveCsv filters={filters} />
      </header>
      <Filters filters={filters} />
      {isBoard ? (
        <TripBoard {...{ filters, kept, dispatch }} />
      ) : (
        <TripTable {...{ filters, kept, dispatch }} />
      )}
    </section>
  );
}

/** Saves the whole list, page by page, however long it is. */
function SaveCsv({ filters }: { filters: TripFilters }) {
  const words = useWords();
  const more = useViewWords(tripsWords);
  const [progress, setProgress] = useState<{ read: number; total: number }>();
  const [hasFailed, setFailed] = useState(false);
  const controller = useRef<AbortController>(undefined);
  useEffect(() => () => controller.current?.abort(), []);
  const save = async (): Promise<void> => {
    controller.current = new AbortController();
    const { signal } = controller.current;
    setFailed(false);
    setProgress({ read: 0, total: 0 });
    try {
      const trips = await readAllTrips(filters, signal, (read, total) =>
        setProgress({ read, total }),
      );
      saveCsv(trips, words);
    } catch (failure) {
      if (!signal.aborted && !(failure instanceof RestFailure)) throw failure;
      setFailed(!signal.aborted);
    } finally {
      setProgress(undefined);
    }
  };
  return (
    <>
      {progress ? (
        <button type="button" onClick={() => controller.current?.abort()}>
          {more.saving} {progress.read} {more.of} {progress.total}. {more.stop}
        </button>
      ) : (
        <button type="button" onClick={() => void save()}>
          {words.trips.csv}
        </button>
      )}
      {hasFailed && (
        <p className="notice" role="alert">
          {more.notSaved}
        </p>
      )}
    </>
  );
}
