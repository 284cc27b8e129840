import { useEffect, useState } from 'react';
import { type Vehicle } from '#libs/contracts/browser';
import { deviceOf } from '../account/device-text.js';
import { settled } from '../chat/chat-acts.js';
import { ask } from '../session/rest.js';
import { serverNow } from '../session/server-clock.js';
import { useAnswer } from '../session/use-answer.js';
import { ConfirmedAction } from '../shell/confirmed-action.js';
import { type Dispatch } from '../shell/dispatch.js';
import { NotRead } from '../shell/read.js';
import { Link, navigate } from '../shell/router.js';
import { ageInWords, useWords } from '../words/words.js';
import { PRESSED } from '../session/open-client.js';
import { DriverFacts, type DriverDetail } from './driver-facts.js';
import { DriverTrail } from './driver-trail.js';
import { type MapDesk } from './map-desk.js';

interface AccountFound {
  id: string;
  name?: string;
  email?: string;
  phoneNumber?: string;
  status: 'active' | 'suspended' | 'banned';
  vehicle?: Vehicle;
}

interface SessionFound {
  sid: string;
  userAgent?: string;
  deviceInfo?: string;
  lastActivityAt: string;
}

const REFRESH_MS = 3_000;

interface DriverPanelProps {
  driverId: string;
  desk: MapDesk;
  dispatch: Dispatch;
  /** Told which trip the driver is on; null for none. */
  onTrip: (tripId: string | null) => void;
}

/** All that the server knows of one driver, and what a dispatcher can do about them. */
export function DriverPanel({ driverId, desk, dispatch, onTrip }: DriverPanelProps) {
  const words = useWords();
  const detail = useAnswer<DriverDetail>(`driver-availability/${driverId}`);
  const account = useAnswer<AccountFound>(`admin/users/${driverId}`);
  const sessions = useAnswer<SessionFound[]>(`admin/users/${driverId}/sessions`);
  const [now, setNow] = useState(serverNow);

  useEffect(() => {
    const refresh = setInterval(detail.again, REFRESH_MS);
    const clock = setInterval(() => setNow(serverNow()), 1_000);
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

  const write = async (text: string): Promise<void> => {
    const { conversations } = dispatch.client.chat();
    const { id } = await settled(conversations.open({ userId: driverId }, PRESSED));
    await settled(conversations.say(id, text));
  };

  const isFollowed = desk.followed === driverId;
  const person = account.answer?.data;
  const driver = detail.answer?.data;
  const position = desk.fleet.cars.get(driverId)?.driver;
  const tripId = driver?.currentTripId ?? null;
  useEffect(() => {
    onTrip(tripId);
    return () => onTrip(null);
  }, [onTrip, tripId]);
  return (
    <aside className="driver-panel" aria-label={words.driver.title}>
      <header>
        <div>
          <h2>{person?.name ?? person?.email ?? words.driver.unnamed}</h2>
          <span className="muted">{person?.phoneNumber ?? driverId}</span>
        </div>
        <button
          type="button"
          className="close"
          onClick={() => navigate('/')}
          aria-label={words.driver.close}
        >
          ×
        </button>
      </header>
      {detail.failure?.status === 404 && <p className="muted">{words.driver.gone}</p>}
      {detail.failure && detail.failure.status !== 404 && (
        <NotRead what={words.driver.failed} failure={detail.failure} again={detail.again} />
      )}
      {account.failure && (
        <NotRead
          what={words.driver.accountFailed}
          failure={account.failure}
          again={account.again}
        />
      )}
      {driver && (
        <DriverFacts driver={driver} position={position} vehicle={person?.vehicle} now={now} />
      )}
      <div className="row">
        {driver && (
          <button
            type="button"
            aria-pressed={isFollowed}
            onClick={() => {
              desk.follow(isFollowed ? null : driverId);
              setNow(serverNow());
            }}
          >
            {isFollowed ? words.driver.unfollow : words.driver.follow}
          </button>
        )}
        <ConfirmedAction
          label={words.mapDriver.message}
          keptAs={`message to ${driverId}`}
          textLabel={words.mapDriver.messageText}
          run={write}
        />
        <Link to={`/chat?with=${driverId}`} className="button">
          {words.mapDriver.chat}
        </Link>
      </div>
      <DriverTrail driverId={driverId} desk={desk} />
      <h2>{words.driver.sessions}</h2>
      {sessions.failure && !account.failure && (
        <NotRead
          what={words.driver.sessionsFailed}
          failure={sessions.failure}
          again={sessions.again}
        />
      )}
      <ul className="sessions">
        {sessions.answer?.data.map(({ sid, lastActivityAt, ...device }) => (
          <li key={sid}>
            <span>
              {deviceOf({ sid, ...device })}{' '}
              <span className="muted">{ageInWords(now - Date.parse(lastActivityAt), words)}</span>
            </span>
            <ConfirmedAction
              label={words.driver.cut}
              keptAs={`cut ${sid}`}
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
              keptAs={`suspend ${driverId}`}
              isDangerous
              run={(reason) => act('suspend', reason)}
            />
            <ConfirmedAction
              label={words.driver.ban}
              keptAs={`ban ${driverId}`}
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
                keptAs={`reactivate ${driverId}`}
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
