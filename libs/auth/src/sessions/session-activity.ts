import { Injectable } from '@nestjs/common';
import { type SessionType, type UserType } from '#libs/contracts';
import { Log } from '#libs/observability';

/** What happens to sessions besides their end, see Revocations. */
export type SessionActivity = { userId: string; userType: UserType; sid: string } & (
  | {
      kind: 'opened';
      /** Absent for sessions of another identity service, as the next may be. */
      sessionType?: SessionType;
      deviceInfo?: string;
    }
  | { kind: 'refreshed' }
);

export type SessionActivityListener = (activity: SessionActivity) => void;

/** Logins and refreshes that this instance has served; listeners send them to the people concerned. */
@Injectable()
export class SessionActivities {
  private readonly listeners = new Set<SessionActivityListener>();

  constructor(private readonly log: Log) {}

  onActivity(listener: SessionActivityListener): void {
    this.listeners.add(listener);
  }

  /** A listener that fails does not undo the login or refresh. */
  note(activity: SessionActivity): void {
    for (const listener of this.listeners) {
      try {
        listener(activity);
      } catch (error) {
        this.log.error(
          { err: error, kind: activity.kind },
          'a listener to logins and refreshes failed',
        );
      }
    }
  }
}
