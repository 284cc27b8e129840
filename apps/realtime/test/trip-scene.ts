import { UserType, type TripView } from '#libs/contracts';
import { AvailabilityService } from '#libs/drivers';
import { LocationService } from '#libs/location';
import { RedisKeys, ShardSubscriber } from '#libs/redis';
import { until } from '#libs/testing';
import { type Answer, type CallOptions, type RestInstance } from './rest-instance.js';

const ADMIN = { email: 'first.admin@example.com', password: 'first-admin-password' };
const PASSWORD = 'correct horse';
const APPS = {
  [UserType.driver]: 'driver_app',
  [UserType.passenger]: 'passenger_app',
  [UserType.admin]: 'admin_panel',
} as const;

export interface Person {
  id: string;
  token: string;
}

export interface Place {
  lat: number;
  lng: number;
}

export interface AdminTrip extends TripView {
  isStuck: boolean;
  offers: { assignmentId: string; driverId: string; status: string }[];
  search: { radiusMeters: number; maxOffers: number; offerTtlMs: number };
  cancellationNote: string | null;
}

/** People and trips on two REST instances; drivers come online beside the sockets. */
export class TripScene {
  readonly admin: Person;
  private sequence = 0;
  private places = 0;

  private constructor(
    readonly one: RestInstance,
    readonly two: RestInstance,
    admin: Person,
  ) {
    this.admin = admin;
  }

  static async open(one: RestInstance, two: RestInstance): Promise<TripScene> {
    const answer = await one.call('POST', 'auth/login', {
      body: { ...ADMIN, appAudience: APPS.admin },
    });
    const { accessToken } = answer.body.data as { accessToken: string };
    const listed = await one.call('GET', 'admin/users?userType=admin', { token: accessToken });
    const [{ id }] = listed.body.data as [{ id: string }];
    return new TripScene(one, two, { id, token: accessToken });
  }

  async person(userType: UserType, name = 'Ada'): Promise<Person> {
    this.sequence += 1;
    const email = `person${this.sequence}@example.com`;
    const phoneNumber = `+49 151 000${1_000 + this.sequence}`;
    const created = await this.one.call('POST', 'admin/users', {
      token: this.admin.token,
      body: { userType, email, phoneNumber, password: PASSWORD, name },
    });
    const { id } = created.body.data as { id: string };
    const login = await this.one.call('POST', 'auth/login', {
      body: { email, password: PASSWORD, appAudience: APPS[userType] },
    });
    return { id, token: (login.body.data as { accessToken: string }).accessToken };
  }

  passenger(name?: string): Promise<Person> {
    return this.person(UserType.passenger, name);
  }

  /** Somewhere that no other test has drivers. */
  place(): Place {
    this.places += 1;
    return { lat: 41 + this.places * 0.2, lng: 12.5 };
  }

  /** A driver who is online, has an inbox on the second instance, and stands north of a place. */
  async driver(place: Place, metersNorth: number, isAvailable = true): Promise<Person> {
    const driver = await this.person(UserType.driver);
    const availability = this.two.app.get(AvailabilityService, { strict: false });
    const { epoch } = await availability.connect(driver.id);
    await availability.updateStatus(driver.id, {
      isOnline: true,
      isAvailableForTrips: isAvailable,
    });
    await this.drive(driver, [{ ...place, lat: place.lat + metersNorth / 111_195 }], epoch);
    const channel = this.two.app.get(RedisKeys, { strict: false }).personChannel(driver.id);
    await this.two.app.get(ShardSubscriber, { strict: false }).subscribe(channel, () => undefined);
    return driver;
  }

  async drive(driver: Person, way: readonly Place[], epoch = 0): Promise<void> {
    const locations = this.two.app.get(LocationService, { strict: false });
    const now = Date.now();
    const fixes = way.map((place, i) => ({ ...place, timestamp: now - way.length + 1 + i }));
    await locations.record(driver.id, fixes, epoch);
  }

  request(passenger: Person, place: Place, options: CallOptions = {}): Promise<Answer> {
    return this.one.call('POST', 'trips', {
      token: passenger.token,
      body: requestBody(place),
      ...options,
    });
  }

  async requested(passenger: Person, place: Place): Promise<TripView> {
    const answer = await this.request(passenger, place);
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
    return answer.body.data;
  }

  /** A trip that a driver has taken and sets out for. */
  async taken(passenger: Person, driver: Person, place: Place): Promise<TripView> {
    const { id } = await this.requested(passenger, place);
    const assignmentId = await this.offerTo(driver, id);
    await this.two.call('PATCH', `trips/assignments/${assignmentId}/accept`, {
      token: driver.token,
    });
    await until(
      'the driver is on the way',
      async () => (await this.look(id)).status === 'arriving',
    );
    return this.look(id);
  }

  async offerTo(driver: Person, tripId: string): Promise<string> {
    let assignmentId = '';
    await until(`${driver.id} is asked`, async () => {
      const { offers } = await this.look(tripId);
      const open = offers.find(
        ({ driverId, status }) => driverId === driver.id && status === 'offered',
      );
      assignmentId = open?.assignmentId ?? '';
      return open !== undefined;
    });
    return assignmentId;
  }

  /** As dispatchers see it, on the other instance. */
  async look(tripId: string): Promise<AdminTrip> {
    const answer = await this.two.call('GET', `admin/trips/${tripId}`, { token: this.admin.token });
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    return answer.body.data;
  }

  act(tripId: string, action: string, body: object, token = this.admin.token): Promise<Answer> {
    return this.one.call('POST', `admin/trips/${tripId}/actions/${action}`, { token, body });
  }
}

/** A ride of some kilometres to the east. */
export function requestBody({ lat, lng }: Place) {
  return {
    paymentMode: 'cash',
    pickupPoint: { lat, lng },
    pickupAddress: 'Via Appia 1',
    stops: [{ point: { lat, lng: lng + 0.05 }, address: 'Piazza Navona' }],
  };
}
