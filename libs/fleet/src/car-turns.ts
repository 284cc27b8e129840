import { createHmac, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { nearbyCarsConfig, type ConfigType } from '#libs/config';
import { RedisCommands, RedisKeys } from '#libs/redis';

const SECRET_BYTES = 32;
/** A car is shown in a turn that is its lowest among this many before and after it: one in five. */
const REACH = 2;

/**
 * Cars take turns in being shown where there are many (NEAR2): one that was always there could be
 * followed over every change of its id, by where it goes on. It comes back under a new id when it
 * may have gone as far as the next cars are apart.
 *
 * Whose turn it is goes by a secret that all instances share through Redis: many passengers, on
 * many instances, see no more than one. Nobody can compute when a driver whom they know is shown.
 */
@Injectable()
export class CarTurns {
  private secret = '';
  private turn = -1;
  private readonly lots = new Map<string, CarLots>();
  private readonly secretKey: string;

  constructor(
    @Inject(nearbyCarsConfig.KEY) private readonly settings: ConfigType<typeof nearbyCarsConfig>,
    private readonly redis: RedisCommands,
    keys: RedisKeys,
  ) {
    this.secretKey = keys.key('nearby', 'turns-secret');
  }

  /**
   * The cars of a tile that are shown now: all of them where they are few. Hiding one of a few
   * would not help it, and passengers would see no car where there is one.
   */
  shownOf<Car extends { driverId: string }>(cars: readonly Car[]): readonly Car[] {
    if (cars.length < this.settings.turnsFromCars) return cars;
    return cars.filter(({ driverId }) => this.lotsOf(driverId).isShownIn(this.turn));
  }

  /**
   * Before a look at the cars, so that all of it is of one turn.
   * @throws RequestError REDIS_UNAVAILABLE
   */
  async begin(now: number): Promise<void> {
    const turn = Math.floor(now / this.settings.turnMs);
    if (turn === this.turn) return;
    // Read each turn: Redis may have lost it, and then all instances have to agree on another.
    const fresh = randomBytes(SECRET_BYTES).toString('base64url');
    const known = await this.redis.do((redis) => redis.set(this.secretKey, fresh, 'NX', 'GET'));
    const secret = known ?? fresh;
    // From time to time the lots of all cars are dropped, those of cars that have left among them.
    if (secret !== this.secret || turn % 100 === 0) this.lots.clear();
    this.secret = secret;
    this.turn = turn;
  }

  private lotsOf(driverId: string): CarLots {
    let lots = this.lots.get(driverId);
    if (!lots) this.lots.set(driverId, (lots = new CarLots(this.secret, driverId)));
    return lots;
  }
}

/** A car's lot for every turn. One digest a car; from there on numbers are cheap. */
export class CarLots {
  private readonly seed: readonly [number, number];

  constructor(secret: string, driverId: string) {
    const digest = createHmac('sha256', secret).update(driverId).digest();
    this.seed = [digest.readInt32LE(0), digest.readInt32LE(4)];
  }

  /** After each turn in which it is shown come two at least in which it is not. */
  isShownIn(turn: number): boolean {
    const own = this.lotOf(turn);
    for (let away = 1; away <= REACH; away += 1) {
      if (own >= this.lotOf(turn - away) || own >= this.lotOf(turn + away)) return false;
    }
    return true;
  }

  private lotOf(turn: number): number {
    const mixed = mix(mix(Math.imul(turn, 0x9e3779b1) ^ this.seed[0]) ^ this.seed[1]);
    return mix(mixed + this.seed[0]) >>> 0;
  }
}

/** Every bit of the result depends on every bit of the number (the finalizer of MurmurHash3). */
function mix(number: number): number {
  let bits = number | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
