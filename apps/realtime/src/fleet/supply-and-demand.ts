import { Inject, Injectable } from '@nestjs/common';
import { qualityConfig, type ConfigType } from '#libs/config';
import {
  AvailabilityStatus,
  NO_SURGE_BASIS_POINTS,
  TripStatus,
  type DemandCell,
  type DemandMap,
  type ViewportBox,
} from '#libs/contracts';
import { availabilityStatusOf, isMatchable } from '#libs/drivers';
import { centerOfSurgeCell, SURGE_CELL_DEGREES, surgeCellOf, SurgeService } from '#libs/fares';
import { FleetFollower, type FleetDriver } from '#libs/fleet';
import { ageMs, isInBox, type Point } from '#libs/location';
import { TripQueries } from '#libs/trips';

/** Cells of one answer; a city has some hundreds. */
const MOST_CELLS = 2_000;
/** The newest trips that are not over. */
const MOST_TRIPS = 1_000;
/** Dispatchers look at the same city: the trips that were read serve all of them for so long. */
const KEPT_MS = 2_000;

/** Pickups of trips without a driver, as Redis had them a moment ago. */
interface Waiting {
  pickups: Point[];
  isComplete: boolean;
}

/** Counts by cells what is offered (from the fleet that this instance follows) and what is wanted. */
@Injectable()
export class SupplyAndDemand {
  private waiting: { readAt: number; value: Promise<Waiting> } | undefined;

  constructor(
    @Inject(qualityConfig.KEY) private readonly quality: ConfigType<typeof qualityConfig>,
    private readonly follower: FleetFollower,
    private readonly surges: SurgeService,
    private readonly trips: TripQueries,
  ) {}

  /** @throws RequestError REDIS_UNAVAILABLE */
  async within(box: ViewportBox): Promise<DemandMap> {
    const [view, { pickups, isComplete }, surges] = await Promise.all([
      this.follower.start(),
      this.readWaiting(),
      this.surges.list(),
    ]);
    const now = Date.now();
    const cells = new Map<number, DemandCell>();
    for (const { drivers } of view.grid.within(box)) {
      for (const driver of drivers) {
        if (!this.isAtWork(driver, now)) continue;
        const cell = cellAt(cells, driver.position!);
        cell.drivers += 1;
        if (isMatchable({ live: true, record: driver.record })) cell.free += 1;
      }
    }
    const isShown = ({ lat, lng }: Point) => isInBox(box, lat, lng);
    for (const pickup of pickups.filter(isShown)) cellAt(cells, pickup).waiting += 1;
    for (const { surgeBasisPoints, endsAt, ...center } of surges.filter(isShown))
      Object.assign(cellAt(cells, center), { surgeBasisPoints, surgeEndsAt: endsAt });
    const ordered = [...cells.values()].toSorted(
      (a, b) => b.waiting - a.waiting || b.drivers - a.drivers,
    );
    return {
      at: now,
      cellDegrees: SURGE_CELL_DEGREES,
      cells: ordered.slice(0, MOST_CELLS),
      isComplete: isComplete && ordered.length <= MOST_CELLS,
    };
  }

  private isAtWork({ record, position }: FleetDriver, now: number): boolean {
    if (!position || ageMs(position.timestamp, now) >= this.quality.staleAfterMs) return false;
    return availabilityStatusOf({ live: true, record }) !== AvailabilityStatus.offline;
  }

  /** Whoever asks meanwhile gets the same; a failure is not kept. */
  private readWaiting(): Promise<Waiting> {
    const now = performance.now();
    if (!this.waiting || now - this.waiting.readAt > KEPT_MS) {
      const reading = { readAt: now, value: this.findWaiting() };
      this.waiting = reading;
      reading.value.catch(() => {
        if (this.waiting === reading) this.waiting = undefined;
      });
    }
    return this.waiting.value;
  }

  private async findWaiting(): Promise<Waiting> {
    const found = await this.trips.search({ onlyActive: true }, { page: 1, limit: MOST_TRIPS });
    const pickups = found.trips
      .filter(({ status }) => status === TripStatus.pending || status === TripStatus.assigning)
      .map(({ pickup }) => pickup);
    return { pickups, isComplete: found.total <= MOST_TRIPS };
  }
}

function cellAt(cells: Map<number, DemandCell>, place: Point): DemandCell {
  const number = surgeCellOf(place);
  let cell = cells.get(number);
  if (!cell) {
    cell = {
      ...centerOfSurgeCell(number),
      drivers: 0,
      free: 0,
      waiting: 0,
      surgeBasisPoints: NO_SURGE_BASIS_POINTS,
      surgeEndsAt: null,
    };
    cells.set(number, cell);
  }
  return cell;
}
