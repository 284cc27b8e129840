import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountsService } from '#libs/accounts';
import { PaymentMode, TripParty, UserType, type TripRequestDto } from '#libs/contracts';
import { TripInstances } from '#libs/testing';
import { assignmentIdOf } from '../store/trip-record.js';
import { TripsModule } from '../trips.module.js';
import { TripsService } from '../trips.service.js';
import { RidesService } from './rides.service.js';

const PICKUP = { lat: 41.9, lng: 12.5, address: null };

function requestOf(passengerId: string | null, paymentMode: PaymentMode = PaymentMode.cash) {
  const request: TripRequestDto = {
    passengerId,
    paymentMode,
    pickup: PICKUP,
    stops: [{ lat: 41.95, lng: 12.5, address: null }],
    vehicleCategoryId: null,
    serviceClassId: null,
    idempotencyKey: null,
  };
  return request;
}

describe('what people do with trips', () => {
  let stage: TripInstances;
  let rides: RidesService;

  beforeAll(async () => {
    stage = await TripInstances.start({}, [TripsModule]);
    rides = stage.get(RidesService);
    const accounts = stage.get(AccountsService);
    await Promise.all(
      ['ann', 'bob', 'cyd'].map((id) =>
        accounts.create({
          id,
          userType: UserType.passenger,
          phoneNumber: `+3912345${id.charCodeAt(0)}07`,
        }),
      ),
    );
  });
  afterAll(() => stage.close());

  it('[TRIP5] a key names a request whatever instance it comes to, and not one with another content', async () => {
    const { trip } = await rides.request('ann', requestOf(null), 'key-1');
    expect(trip.passenger.phoneMasked).toMatch(/^\+\*+07$/);
    const again = await stage.get(RidesService, 1).request('ann', requestOf('ann'), 'key-1');
    expect(again).toMatchObject({ changed: false, trip: { id: trip.id } });
    const inBody = { ...requestOf(null), idempotencyKey: 'key-1' };
    expect((await rides.request('ann', inBody)).trip.id).toBe(trip.id);
    await expect(
      rides.request('ann', requestOf(null, PaymentMode.card), 'key-1'),
    ).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  it('[TRIP6] nobody requests a trip for somebody else', async () => {
    await expect(rides.request('bob', requestOf('ann'))).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    expect(await stage.trips().activeOf('bob')).toBeNull();
  });

  it('[TRIP4] whoever has no part in a trip learns not even that it exists', async () => {
    const { trip } = await rides.request('cyd', requestOf(null));
    const stranger = { kind: TripParty.passenger, id: 'bob' } as const;
    const driver = { kind: TripParty.driver, id: 'driver-9' } as const;
    for (const by of [stranger, driver]) {
      await expect(rides.read(by, trip.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(rides.cancel(by, trip.id, 'no')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      const dear = Number.MAX_SAFE_INTEGER;
      await expect(rides.complete(by.id, trip.id, dear)).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
    }
    const own = { kind: TripParty.passenger, id: 'cyd' } as const;
    expect((await rides.read(own, trip.id)).id).toBe(trip.id);
    expect((await rides.cancel(own, trip.id, 'changed my mind')).trip.status).toBe('cancelled');
    expect((await stage.get(TripsService, 1).get(trip.id)).cancellation).toEqual({
      by: 'passenger',
      reason: 'changed my mind',
      note: null,
    });
  });

  it('[TRIP3] an answer to an offer of a trip that does not exist is about an unknown offer', async () => {
    await stage.get(AccountsService).create({ id: 'driver-9', userType: UserType.driver });
    const assignmentId = assignmentIdOf('no-such-trip', 1);
    const answers = await Promise.allSettled([
      rides.acceptOffer('driver-9', assignmentId),
      rides.rejectOffer('driver-9', assignmentId),
      rides.confirmOffer('driver-9', assignmentId),
    ]);
    for (const answer of answers)
      expect(answer).toMatchObject({ reason: { code: 'ASSIGNMENT_NOT_FOUND' } });
  });
});
