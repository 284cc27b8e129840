const SLOT_MS = 250;

interface Aging {
  /** When it was last expected, epoch ms; Infinity while it is not. */
  qualityDueAt: number;
}

/**
 * When the position of each driver next gets a worse quality (`driver:quality:update`). Only drivers whose
 * time has come are looked at, however many there are; a new position costs a comparison.
 */
export class QualitySchedule<Driver extends Aging> {
  private readonly slots = new Map<number, Driver[]>();

  /** @param dueAt epoch ms; Infinity for a quality that does not get worse */
  expect(driver: Driver, dueAt: number): void {
    // Awaited earlier it is looked at then, and expected anew.
    if (dueAt >= driver.qualityDueAt) return;
    driver.qualityDueAt = dueAt;
    const slot = slotOf(dueAt);
    const drivers = this.slots.get(slot);
    if (drivers) drivers.push(driver);
    else this.slots.set(slot, [driver]);
  }

  /** The drivers that are due, removed ones among them; each has to be expected anew. */
  take(now: number): Driver[] {
    const due: Driver[] = [];
    const current = slotOf(now);
    const past = [...this.slots.keys()].filter((slot) => slot <= current);
    for (const slot of past) {
      const drivers = this.slots.get(slot)!;
      this.slots.delete(slot);
      const later: Driver[] = [];
      for (const driver of drivers) {
        // A newer position may have moved it to an earlier slot, which has had it.
        if (slotOf(driver.qualityDueAt) !== slot) continue;
        if (driver.qualityDueAt > now) {
          later.push(driver);
        } else {
          driver.qualityDueAt = Number.POSITIVE_INFINITY;
          due.push(driver);
        }
      }
      if (later.length > 0) this.slots.set(slot, later);
    }
    return due;
  }
}

function slotOf(time: number): number {
  return Math.floor(time / SLOT_MS);
}
