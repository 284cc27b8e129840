import { Injectable, type OnModuleInit } from '@nestjs/common';
import { SessionActivities, type SessionActivity } from '#libs/auth';
import { ADMIN_ALL_ROOM, UserType } from '#libs/contracts';
import { Outbox } from '../socket/sending/outbox.js';

/** Sends logins and refreshes to the person's own devices and to dispatchers, to nobody else (LEAK1). */
@Injectable()
export class SessionFeed implements OnModuleInit {
  constructor(
    private readonly activities: SessionActivities,
    private readonly outbox: Outbox,
  ) {}

  onModuleInit(): void {
    this.activities.onActivity((activity) => this.tell(activity));
  }

  private tell(activity: SessionActivity): void {
    const { userId, userType, sid } = activity;
    const at = new Date().toISOString();
    if (activity.kind === 'refreshed') {
      const refreshed = { oldSid: sid, newSid: sid, at };
      // A dispatcher hears of all of them.
      if (userType !== UserType.admin)
        this.outbox.toDevices(userId, 'auth:session_refreshed', refreshed);
      this.outbox.admin.toRoom(ADMIN_ALL_ROOM, 'auth:session_refreshed', refreshed);
      return;
    }
    const { sessionType = null, deviceInfo = null } = activity;
    this.outbox.toDevices(userId, 'auth:logged_in', { sid, at }, { exceptSid: sid });
    const login = { userId, userType, sid, sessionType, at, deviceInfo };
    this.outbox.admin.toRoom(ADMIN_ALL_ROOM, 'admin:auth:user_logged_in', login);
  }
}
