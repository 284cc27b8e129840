import { useEffect, useState } from 'react';
import { type AvailabilitySnapshot, type RefusedFixes } from '#libs/contracts/browser';
import { ask } from '../session/rest.js';
import { useAnswer } from '../session/use-answer.js';
import { ConfirmedAction } from '../shell/confirmed-action.js';
import { type Dispatch } from '../shell/dispatch.js';
import { Link, navigate } from '../shell/router.js';
import { ageInWords, useWords } from '../words/words.js';
import { type MapDesk } from './map-desk.js';
import { showTrail, type TrailFix } from './trail.js';

interface DriverDetail extends AvailabilitySnapshot {
  refusedFixes: RefusedFixes;
}

interface AccountFound {
  id: string;
  name?: string;
  email?: string;
  phoneNumber?: string;
  status: 'active' | 'suspended' | 'banned';
}

interface SessionFound {
  sid: string;
  userAgent?: string;
  deviceInfo?: string;
  lastActivityAt: string;
}

const TRAIL_MS = 10 * 60_000;
const REFRESH_MS = 3_000;

interface DriverPanelProps {
  driverId: string;
  desk: MapDesk;
  dispatch: Dispatch;
}

/** All that the server knows of one driver, and what a dispatcher can do about them. */
export function DriverPanel({ driverId, desk, dispatch }: DriverPanelProps) {
  const words = useWords();
  const detail = useAnswer<DriverDetail>(`driver-availability/${driverId}`);
  const account = useAnswer<AccountFound>(`admin/users/${driverId}`);
  const sessions = useAnswer<SessionFound[]>(`admin/users/${driverId}/sessions`);
  const [now, setNow] = useState(Date.now());
  useTrail(driverId, desk);

  useEffect(() => {
    const refresh = setInterval(detail.again, REFRESH_MS);
    const clock = setInterval(() => setNow(Date.now()), 1_000);
    return () => {
      clearInterval(refresh);
      clearInterval(clock);
    };
  }, [detail.again]);
  useEffect(
    () =>
      dispatch.admin.on('driver:offline', (fact) => fact.driverId === driverId && detail.again()),
    [dispatch, driverId, detail.again],
  );

  const act = async (what: 'suspend' | 'ban' | 'reactivate', reason: string): Promise<void> => {
    await ask('POST', `admin/users/${driverId}/${what}`, { body: reason ? { reason } : {} });
    account.again();
    sessions.again();
    detail.again();
  };
  const cut = async (sid: string): Promise<void> => {
    await ask('DELETE', `admin/sessions/${sid}`);
    sessions.again();
  };

  const isFollowed = desk.followed === driverId;
  const person = account.answer?.data;
  const driver = detail.answer?.data;
  const car = desk.fleet.cars.get(driverId)?.driver;
  return (
    <aside className="driver-panel" aria-label={words.driver.title}>
      <header>
        <div>
          <h2>{person?.name ?? person?.email ?? words.driver.unnamed}</h2>
          <span className="muted">{person?.phoneNumber ?? driverId}</span>
        </div>
        <button type="button" onClick={() => navigate('/')} aria-label={words.driver.close}>
          ×
        </button>
      </header>
      {detail.failure?.status === 404 && <p className="muted">{words.driver.gone}</p>}
      {driver && (
        <dl className="facts">
          <dt>{words.driver.state}</dt>
          <dd>{stateOf(driver, words.map)}</dd>
          <dt>{words.driver.position}</dt>
          <dd>
            {driver.lastLocationTimestamp
              ? ageInWords(now - Date.parse(driver.lastLocationTimestamp), words)
              : words.driver.none}
          </dd>
          {car && (
            <>
              <dt>{words.driver.quality}</dt>
              <dd>{words.quality[car.quality as keyof typeof words.quality] ?? car.quality}</dd>
              {car.accuracy !== undefined && (
                <>
                  <dt>{words.driver.accuracy}</dt>
                  <dd>{Math.round(car.accuracy)} m</dd>
                </>
              )}
              {car.speed !== undefined && (
                <>
                  <dt>{words.driver.speed}</dt>
                  <dd>{Math.round(car.speed * 3.6)} km/h</dd>
                </>
              )}
            </>
          )}
          {driver.currentTripId && (
            <>
              <dt>{words.driver.trip}</dt>
              <dd>
                <Link to={`/trips/${driver.currentTripId}`}>{words.trips.open}</Link>
              </dd>
            </>
          )}
          <dt>{words.driver.refusedFixes}</dt>
          <dd>{refusedInWords(driver.refusedFixes) || words.driver.none}</dd>
        </dl>
      )}
      <div className="row">
        <button
          type="button"
          aria-pressed={isFollowed}
          onClick={() => {
            desk.follow(isFollowed ? null : driverId);
            setNow(Date.now());
          }}
        >
          {isFollowed ? words.driver.unfollow : words.driver.follow}
        </button>
      </div>
      <h2>{words.driver.sessions}</h2>
      <ul className="sessions">
        {sessions.answer?.data.map(({ sid, userAgent, deviceInfo, lastActivityAt }) => (
          <li key={sid}>
            <span>
              {deviceInfo ?? userAgent ?? sid.slice(0, 8)}{' '}
              <span className="muted">{ageInWords(now - Date.parse(lastActivityAt), words)}</span>
            </span>
            <ConfirmedAction
              label={words.driver.cut}
              isDangerous
              needsText={false}
              run={() => cut(sid)}
            />
          </li>
        ))}
        {sessions.answer?.data.length === 0 && <li className="muted">{words.driver.none}</li>}
      </ul>
      <div className="row">
        {person?.status === 'active' ? (
          <>
            <ConfirmedAction
              label={words.driver.suspend}
              isDangerous
              run={(reason) => act('suspend', reason)}
            />
            <ConfirmedAction
              label={words.driver.ban}
              isDangerous
              run={(reason) => act('ban', reason)}
            />
          </>
        ) : (
          person && (
            <>
              <span className="notice">{words.driver.status[person.status]}</span>
              <ConfirmedAction
                label={words.driver.reactivate}
                needsText={false}
                run={(reason) => act('reactivate', reason)}
              />
            </>
          )
        )}
      </div>
    </aside>
  );
}

/** Shows where the driver has been, as long as the panel is open. */
function useTrail(driverId: string, desk: MapDesk): void {
  useEffect(() => {
    let isOpen = true;
    const end = showTrail(desk.map, []);
    void ask<TrailFix[]>('GET', `driver-availability/${driverId}/history`, {
      query: { from: Date.now() - TRAIL_MS },
    }).then(
      ({ data }) => {
        if (!isOpen) return;
        showTrail(desk.map, data);
        const newest = data.at(-1);
        if (newest && !desk.fleet.cars.has(driverId)) desk.goTo(newest.lat, newest.lng, 15);
      },
      () => undefined,
    );
    return () => {
      isOpen = false;
      end();
    };
  }, [driverId, desk]);
}

function stateOf(
  { availabilityStatus, currentTripId }: DriverDetail,
  words: { available: string; busy: string; onTrip: string },
): string {
  if (currentTripId) return words.onTrip;
  return availabilityStatus === 'AVAILABLE' ? words.available : words.busy;
}

function refusedInWords({ byReason }: RefusedFixes): string {
  return Object.entries(byReason)
    .map(([reason, count]) => `${reason} ${count}`)
    .join(', ');
}
