import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { readConversationId } from '../conversation.js';
import { AuthRefreshDto } from './auth-refresh.dto.js';
import { ChatOpenDto } from './chat.dto.js';
import { DriverStatusUpdateDto, DriverTripSetDto } from './driver-availability.dto.js';
import { NearbySubscribeDto } from './map.dto.js';
import { OfferAcceptDto, TripCompleteDto, TripResumeDto } from './trip-commands.dto.js';
import { TripRequestDto } from './trip-request.dto.js';

function read<T extends object>(dto: new () => T, raw: object): T | 'refused' {
  const instance = plainToInstance(dto, raw);
  return validateSync(instance).length === 0 ? instance : 'refused';
}

describe('spellings of old clients', () => {
  it.each([
    [{ isOnline: 'true' }, { isOnline: true }],
    [{ isOnline: ' FALSE ' }, { isOnline: false }],
    [{ isAvailableForTrips: '1' }, { isAvailableForTrips: true }],
    [{ isAvailableForTrips: 1 }, { isAvailableForTrips: true }],
    [{ isOnline: 0 }, { isOnline: false }],
    [{ availabilityStatus: 'available' }, { availabilityStatus: 'AVAILABLE' }],
    [{ availabilityStatus: ' Busy ' }, { availabilityStatus: 'BUSY' }],
    [{ isOnline: true, availabilityReason: 'LUNCH' }, { isOnline: true }],
    [{ isOnline: null, availabilityStatus: 'OFFLINE' }, { availabilityStatus: 'OFFLINE' }],
  ])('[AVAIL1] a status update %j is understood', (raw, meant) => {
    expect(read(DriverStatusUpdateDto, raw)).toMatchObject(meant);
  });

  it.each([
    [{ isOnline: 'yes' }],
    [{ isOnline: '' }],
    [{ isOnline: 2 }],
    [{ isOnline: [] }],
    [{ isAvailableForTrips: 'truetrue' }],
    [{ availabilityStatus: 'ONLINE' }],
    [{ availabilityStatus: '' }],
    [{ availabilityStatus: 1 }],
  ])('[AVAIL1] a status update %j is refused', (raw) => {
    expect(read(DriverStatusUpdateDto, raw)).toBe('refused');
  });

  it('[AVAIL1] a trip is set, or cleared by null, by either name and by both when they agree', () => {
    expect(DriverTripSetDto.normalize({ tripId: 'a' })).toEqual({ currentTripId: 'a' });
    expect(DriverTripSetDto.normalize({ currentTripId: null })).toEqual({ currentTripId: null });
    expect(DriverTripSetDto.normalize({ tripId: 'a', currentTripId: 'a' })).toEqual({
      currentTripId: 'a',
    });
  });

  it.each([
    [{}],
    [{ trip: 'a' }],
    [{ tripId: undefined }],
    [{ tripId: 'a', currentTripId: 'b' }],
    [{ tripId: 'a', currentTripId: null }],
    [{ tripId: 'null' }],
    [{ currentTripId: 'undefined' }],
  ])('[AVAIL1] a trip is neither set nor cleared by %j', (raw) => {
    expect(() => DriverTripSetDto.normalize(raw)).toThrow(
      expect.objectContaining({ code: 'VALIDATION_FAILED' }) as Error,
    );
  });

  it('[TRIP3] numbers of trip commands may be text', () => {
    expect(read(TripCompleteDto, { tripId: 'a', extraFees: '350' })).toMatchObject({
      extraFees: 350,
    });
    expect(read(TripCompleteDto, { tripId: 'a', extraFees: '3,50' })).toBe('refused');
    expect(read(TripResumeDto, { tripId: 'a', version: ' 7 ' })).toMatchObject({ version: 7 });
    expect(read(TripResumeDto, { tripId: 'a', version: '0x7' })).toBe('refused');
  });

  it('[TRIP3] ids that the server made are one in upper and lower case, ids of accounts are not', () => {
    const id = '0f8fad5b-d9cb-469f-a165-70867728950e';
    const sent = id.toUpperCase();
    expect(read(TripResumeDto, { tripId: sent })).toMatchObject({ tripId: id });
    expect(DriverTripSetDto.normalize({ currentTripId: sent, tripId: id })).toEqual({
      currentTripId: id,
    });
    expect(DriverTripSetDto.normalize({ tripId: 'ABC-1' })).toEqual({ currentTripId: 'ABC-1' });
    expect(read(OfferAcceptDto, { assignmentId: sent })).toMatchObject({ assignmentId: id });
    expect(read(ChatOpenDto, { tripId: sent, userId: sent })).toMatchObject({
      tripId: id,
      userId: sent,
    });
    expect(readConversationId(`trip:${sent}`)?.id).toBe(`trip:${id}`);
  });

  it('[AUTH2] a new token is read as the first one is', () => {
    for (const raw of [{ token: 'x' }, { token: ' Bearer x\n' }, { token: null, accessToken: 'x' }])
      expect(AuthRefreshDto.normalize(raw)).toEqual({ token: 'x' });
  });

  it('[NEAR1] a place may be text, nested or a GeoJSON Point, and must agree with itself', () => {
    const rome = { lat: 41.9, lng: 12.5 };
    expect(NearbySubscribeDto.normalize({ lat: '41.9', lng: '12.5' })).toEqual(rome);
    expect(NearbySubscribeDto.normalize({ coords: { latitude: 41.9, longitude: 12.5 } })).toEqual(
      rome,
    );
    for (const wrong of [{}, { lat: '41,9', lng: 12.5 }, { ...rome, latitude: 42 }]) {
      expect(() => NearbySubscribeDto.normalize(wrong)).toThrow(
        expect.objectContaining({ code: 'VALIDATION_FAILED' }) as Error,
      );
    }
    const request = (pickupPoint: object) => () =>
      TripRequestDto.parse({
        pickupPoint,
        stops: [{ point: { type: 'Point', coordinates: ['12.6', '41.8'] } }],
        paymentMode: 'Cash',
      });
    expect(request({ latitude: '41.9', longitude: '12.5' })()).toMatchObject({
      pickup: rome,
      stops: [{ lat: 41.8, lng: 12.6 }],
    });
    expect(request({ ...rome, longitude: 13 })).toThrow(
      expect.objectContaining({ code: 'VALIDATION_FAILED' }) as Error,
    );
  });

  it('[TRIP3] a place of a trip that stands in two places must be the same in both, but for rounding', () => {
    const rome = { lat: 41.9, lng: 12.5 };
    const request = (pickup: unknown, beside: object) => () =>
      TripRequestDto.parse({
        pickupPoint: rome,
        pickup,
        stops: [{ point: { lat: 41.8, lng: 12.6 }, ...beside }],
        paymentMode: 'cash',
      });
    expect(request({ latitude: '41.9', longitude: 372.5 }, { lat: 41.8, lng: '12.6' })()).toEqual(
      request(undefined, {})(),
    );
    // The exact one counts.
    expect(request({ lat: 41.90004, lng: -347.49996 }, { lat: 41.80004, lng: 12.59996 })()).toEqual(
      request(undefined, {})(),
    );
    const fault = (name: string) =>
      expect.objectContaining({
        details: [`${name} names a value twice and it differs: send lat and lng once`],
      }) as Error;
    expect(request({ lat: 41.9, lng: 12.6 }, {})).toThrow(fault('pickupPoint'));
    expect(request({ lat: 41.9002, lng: 12.5 }, {})).toThrow(fault('pickupPoint'));
    expect(request(rome, { lat: 41.8, lng: 12.7 })).toThrow(fault('stops.0.point'));
  });

  it('[TRIP3] the order of stops may be text, as every number', () => {
    const stop = (lat: string, seq: unknown) => ({ point: { lat, lng: '12.6' }, seq });
    const stopsOf = (...stops: object[]) =>
      TripRequestDto.parse({
        pickupPoint: { lat: 41.9, lng: 12.5 },
        stops,
        paymentMode: 'CASH',
      }).stops.map(({ lat }) => lat);
    expect(stopsOf(stop('41.7', '10'), stop('41.8', '9'))).toEqual([41.8, 41.7]);
    expect(stopsOf(stop('41.7', 2), stop('41.8', ' 1 '))).toEqual([41.8, 41.7]);
    expect(stopsOf(stop('41.7', 'last'), stop('41.8', null))).toEqual([41.7, 41.8]);
  });
});
