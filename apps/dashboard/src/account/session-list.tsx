import { toPageTime } from '../session/server-clock.js';
import { ConfirmedAction } from '../shell/confirmed-action.js';
import { Ago } from '../words/ago.js';
import { useViewWords } from '../words/view-words.js';

import { accountWords } from './account-words.js';
import { deviceOf } from './device-text.js';

export interface SessionFound {
  sid: string;
  userAgent?: string;
  deviceInfo?: string;
  ipAddress?: string;
  createdAt: string;
  lastActivityAt: string;
  current: boolean;
}

/** In place of an address, of a session that the command line opened. */
const UNKNOWN = 'unknown';

interface SessionListProps {
  /** Undefined while they are read. */
  sessions: readonly SessionFound[] | undefined;
  none: string;
  cutLabel: string;
  cutHint: string;
  onCut: (sid: string) => Promise<void>;
}

/** Devices that are signed in, each with a way to sign it out. */
export function SessionList({ sessions, none, cutLabel, cutHint, onCut }: SessionListProps) {
  const { thisOne } = useViewWords(accountWords);
  if (sessions?.length === 0) return <p className="muted">{none}</p>;
  return (
    <ul className="sessions">
      {sessions?.map((session) => (
        <li key={session.sid} data-session={session.sid}>
          <span>
            {deviceOf(session)} {session.current && <strong>({thisOne})</strong>}{' '}
            <span className="muted">
              {session.ipAddress && session.ipAddress !== UNKNOWN && `${session.ipAddress}, `}
              <Ago at={toPageTime(session.lastActivityAt)} />
            </span>
          </span>
          <ConfirmedAction
            label={cutLabel}
            explanation={cutHint}
            isDangerous
            run={() => onCut(session.sid)}
          />
        </li>
      ))}
    </ul>
  );
}
