import { useCallback, useEffect, useRef, useState } from 'react';
import { type DemandCell, type DemandMap } from '#libs/contracts/browser';
import { ask } from '../session/rest.js';
import { ConfirmedAction } from '../shell/confirmed-action.js';
import { type Dispatch } from '../shell/dispatch.js';
import { clockTime, useWords } from '../words/words.js';
import { cellAround, demandDrawing, factorText, hasSurge } from './demand.js';
import { type MapDesk, type Place } from './map-desk.js';
import { Level } from './map-overlay.js';

const READ_INTERVAL_MS = 4_000;
const READ_AFTER_MOVE_MS = 400;
const MINUTE_MS = 60_000;
const FACTORS = [11_000, 12_500, 15_000, 17_500, 20_000, 25_000, 30_000];
const MINUTES = [15, 30, 60, 120, 240];

interface DemandPanelProps {
  desk: MapDesk;
  dispatch: Dispatch;
}

/** What the colours of the cells mean, and the surge of the one that is chosen. */
export function DemandPanel({ desk, dispatch }: DemandPanelProps) {
  const words = useWords();
  const { demand, failed, read } = useDemand(desk, dispatch);
  const [place, setPlace] = useState<Place>();
  const chosen = demand && place && cellAround(place, demand);
  useDrawing(desk, demand, chosen);
  useEffect(() => desk.takeGroundClicks(setPlace), [desk]);
  const surges = demand?.cells.filter(hasSurge) ?? [];
  const end = async ({ lat, lng }: DemandCell): Promise<void> => {
    await ask('DELETE', 'admin/surge', { query: { lat, lng } });
    read();
  };

  return (
    <section className="map-panel" aria-label={words.mapTools.demand}>
      <h2>{words.mapTools.demand}</h2>
      <ul className="heat-legend">
        <li className="heat-short">{words.mapTools.short}</li>
        <li className="heat-even">{words.mapTools.even}</li>
        <li className="heat-plenty">{words.mapTools.plenty}</li>
        <li className="heat-surge">{words.mapTools.surgeCell}</li>
      </ul>
      <p className="muted small">{words.mapTools.counts}</p>
      {failed && <p className="notice">{words.mapTools.demandFailed}</p>}
      {demand && !demand.isComplete && <p className="muted small">{words.mapTools.demandPart}</p>}
      {demand && (
        <dl className="facts">
          <dt>{words.mapTools.free}</dt>
          <dd>{sum(demand.cells, 'free')}</dd>
          <dt>{words.mapTools.waiting}</dt>
          <dd>{sum(demand.cells, 'waiting')}</dd>
        </dl>
      )}
      {chosen ? (
        <ChosenCell
          key={`${chosen.lat} ${chosen.lng}`}
          cell={chosen}
          close={() => setPlace(undefined)}
          changed={read}
          end={end}
        />
      ) : (
        <>
          <p className="muted small">{words.mapTools.chooseCell}</p>
          <button type="button" onClick={() => setPlace(desk.center)}>
            {words.mapTools.middleCell}
          </button>
        </>
      )}
      {surges.length > 0 && (
        <>
          <h3>{words.mapTools.surges}</h3>
          <ul className="map-rows" data-list>
            {surges.map((cell) => (
              <li key={`${cell.lat} ${cell.lng}`}>
                <button
                  type="button"
                  data-item
                  className="link"
                  onClick={() => {
                    desk.goTo(cell.lat, cell.lng, 14);
                    setPlace(cell);
                  }}
                >
                  {factorText(cell.surgeBasisPoints)} {words.mapTools.until}{' '}
                  {clockTime(cell.surgeEndsAt!)}
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

interface ChosenCellProps {
  cell: DemandCell;
  close: () => void;
  changed: () => void;
  end: (cell: DemandCell) => Promise<void>;
}

function ChosenCell({ cell, close, changed, end }: ChosenCellProps) {
  const words = useWords();
  const [factor, setFactor] = useState(15_000);
  const [minutes, setMinutes] = useState(30);
  const set = async (): Promise<void> => {
    const { lat, lng } = cell;
    await ask('PUT', 'admin/surge', {
      body: { lat, lng, surgeBasisPoints: factor, ttlMs: minutes * MINUTE_MS },
    });
    changed();
  };
  return (
    <div className="chosen-cell" role="group" aria-label={words.mapTools.cell}>
      <header>
        <h3>{words.mapTools.cell}</h3>
        <button type="button" className="close" onClick={close} aria-label={words.mapTools.close}>
          ×
        </button>
      </header>
      <dl className="facts">
        <dt>{words.mapTools.free}</dt>
        <dd>
          {cell.free} {words.mapTools.of} {cell.drivers}
        </dd>
        <dt>{words.mapTools.waiting}</dt>
        <dd>{cell.waiting}</dd>
        <dt>{words.mapTools.surge}</dt>
        <dd>
          {hasSurge(cell)
            ? `${factorText(cell.surgeBasisPoints)} ${words.mapTools.until} ${clockTime(cell.surgeEndsAt!)}`
            : words.mapTools.noSurge}
        </dd>
      </dl>
      <div className="row">
        <label>
          {words.mapTools.factor}
          <select value={factor} onChange={(event) => setFactor(Number(event.target.value))}>
            {FACTORS.map((each) => (
              <option key={each} value={each}>
                {factorText(each)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {words.mapTools.duration}
          <select value={minutes} onChange={(event) => setMinutes(Number(event.target.value))}>
            {MINUTES.map((each) => (
              <option key={each} value={each}>
                {each} min
              </option>
            ))}
          </select>
        </label>
      </div>
      <div className="row">
        <ConfirmedAction
          label={`${words.mapTools.setSurge} ${factorText(factor)}`}
          explanation={words.mapTools.setSurgeMeans}
          run={set}
        />
        {hasSurge(cell) && (
          <ConfirmedAction
            label={words.mapTools.endSurge}
            explanation={words.mapTools.endSurgeMeans}
            isDangerous
            run={() => end(cell)}
          />
        )}
      </div>
    </div>
  );
}

function sum(cells: readonly DemandCell[], field: 'free' | 'waiting'): number {
  return cells.reduce((total, cell) => total + cell[field], 0);
}

/** Asks again and again for what is in view, and at once when that has changed. */
function useDemand(desk: MapDesk, { admin }: Dispatch) {
  const [demand, setDemand] = useState<DemandMap>();
  const [failed, setFailed] = useState(false);
  const asked = useRef(0);
  const read = useCallback((): void => {
    const number = (asked.current += 1);
    void admin.request('admin:demand:get', { bbox: desk.box }).then((answer) => {
      // A later question was about what is in view now.
      if (number !== asked.current) return;
      setFailed(!answer.ok);
      if (answer.ok) setDemand(answer.data);
    });
  }, [desk, admin]);

  useEffect(() => {
    let soon: ReturnType<typeof setTimeout> | undefined;
    const moved = (): void => {
      clearTimeout(soon);
      soon = setTimeout(read, READ_AFTER_MOVE_MS);
    };
    read();
    const timer = setInterval(read, READ_INTERVAL_MS);
    desk.map.on('moveend', moved);
    return () => {
      asked.current += 1;
      clearInterval(timer);
      clearTimeout(soon);
      desk.map.off('moveend', moved);
    };
  }, [desk, read]);
  return { demand, failed, read };
}

function useDrawing(
  desk: MapDesk,
  demand: DemandMap | undefined,
  chosen: DemandCell | undefined,
): void {
  const shown = useRef({ demand, chosen });
  useEffect(
    () =>
      desk.overlay.add(
        Level.heat,
        demandDrawing(() => shown.current),
      ),
    [desk],
  );
  useEffect(() => {
    shown.current = { demand, chosen };
    desk.overlay.outdate();
  });
}
