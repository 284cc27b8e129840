import { Inject, Injectable } from '@nestjs/common';
import { socketsConfig, type ConfigType } from '#libs/config';
import { RateBudget, refuseUntilLater } from '#libs/limits';
import { ReportingDevice } from '#libs/location';

/** Sessions that are remembered; the one that was silent longest is forgotten first. */
const MAX_SESSIONS = 10_000;

interface ReportingSession {
  device: ReportingDevice;
  budget: RateBudget;
}

/** What an instance knows of devices that report over REST, where no connection keeps it. */
@Injectable()
export class ReportingSessions {
  private readonly sessions = new Map<string, ReportingSession>();

  constructor(
    @Inject(socketsConfig.KEY) private readonly settings: ConfigType<typeof socketsConfig>,
  ) {}

  /** @throws RequestError RATE_LIMITED beyond what a socket may send */
  take(sid: string): ReportingDevice {
    const now = performance.now();
    const known = this.sessions.get(sid);
    const session = known ?? {
      device: new ReportingDevice(),
      budget: new RateBudget(this.settings, now),
    };
    // Last in the order of the map: the first is the one that was silent longest.
    this.sessions.delete(sid);
    this.sessions.set(sid, session);
    if (this.sessions.size > MAX_SESSIONS) {
      const [oldest] = this.sessions.keys();
      this.sessions.delete(oldest!);
    }
    refuseUntilLater(session.budget.take(1, now));
    return session.device;
  }
}
