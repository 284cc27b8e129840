import { Injectable } from '@nestjs/common';
import { type DriverFixRefused } from '#libs/contracts';

/** What storing fixes brings to light and others act upon. */
@Injectable()
export class FixNotices {
  private refusedListener: ((notice: DriverFixRefused) => void) | undefined;
  private offDutyListener: ((driverId: string) => void) | undefined;

  /** Fixes of a driver were refused; at most once a few seconds a driver, on one of the instances. */
  onRefused(listener: (notice: DriverFixRefused) => void): void {
    this.refusedListener = listener;
  }

  /** A fix of a driver was not kept because the driver is off duty. */
  onOffDuty(listener: (driverId: string) => void): void {
    this.offDutyListener = listener;
  }

  refused(notice: DriverFixRefused): void {
    this.refusedListener?.(notice);
  }

  offDuty(driverId: string): void {
    this.offDutyListener?.(driverId);
  }
}
