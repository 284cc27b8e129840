import { describe, expect, it } from 'vitest';
import { RequestError } from '#libs/contracts';
import { SampleTrip, until } from '#libs/testing';
import { driverAudience, type TripAnnouncement, type TripHistoryEntry } from '#libs/trips';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { TripReader, type TripArchiveReader } from './trip-reader.js';

const NOBODY = { offer: () => undefined, progress: () => undefined, failure: fail };

function fail(error: unknown): never {
  throw error;
}

/** As much of a socket as a reader uses, with what it was sent. */
function socketOf(userId: string) {
  const sent: string[] = [];
  const socket = {
    connected: true,
    data: { principal: { userId } },
    emit: (event: string) => sent.push(event),
  };
  return { sent, socket: socket as unknown as RealtimeSocket };
}

/** A trip whose search has asked driver-1 and driver-2, with all that happened. */
function searchedTrip() {
  const sample = new SampleTrip();
  const history: TripHistoryEntry[] = [...sample.last.entries];
  const play = (...commands: Parameters<SampleTrip['play']>) => {
    for (const command of commands) history.push(...sample.play(command).last.entries);
  };
  play({ kind: 'startAssigning' }, sample.offerTo('driver-1', 'driver-2'));
  return { sample, history, play };
}

function announcementOf({ sample }: ReturnType<typeof searchedTrip>): TripAnnouncement {
  const { id: tripId, passengerId, driverId, status } = sample.trip;
  return { tripId, passengerId, driverId, status, leg: null, entries: sample.last.entries };
}

describe('what a socket is told of trips', () => {
  it('[REPLAY1] trips of which a connection has had too many to follow are no news to it', () => {
    const archive: TripArchiveReader = {
      find: () => Promise.resolve(null),
      historyAfter: () => Promise.resolve(null),
    };
    const { socket } = socketOf('driver-1');
    const reader = new TripReader(socket, driverAudience('driver-1'), archive, NOBODY);
    const ids = Array.from({ length: 200 }, (_, i) => `trip-${i}`);
    for (const id of ids) reader.deliver(id, []);
    const followed = new Set(reader.known().map(([id]) => id));
    expect(followed.size).toBeLessThan(ids.length);
    expect(ids.filter((id) => !followed.has(id) && !reader.hasForgotten(id))).toEqual([]);
    expect(reader.hasForgotten(ids.at(-1)!)).toBe(false);
  });

  it('[REPLAY1] a gap is filled as soon as Redis answers, though nothing more is announced', async () => {
    const stage = searchedTrip();
    const { sample, history, play } = stage;
    let failures = 2;
    const archive: TripArchiveReader = {
      find: () => {
        failures -= 1;
        return failures < 0
          ? Promise.resolve(sample.trip)
          : Promise.reject(new RequestError('REDIS_UNAVAILABLE'));
      },
      historyAfter: (_, version) =>
        Promise.resolve(history.filter((entry) => entry.version > version)),
    };
    const { sent, socket } = socketOf('driver-1');
    const reader = new TripReader(socket, driverAudience('driver-1'), archive, NOBODY);
    reader.receive(announcementOf(stage));
    // Nothing of this is for driver-1, the end of its offer is.
    play({
      kind: 'reject',
      assignmentId: sample.assignment(2),
      driverId: 'driver-2',
      reason: 'other',
    });
    sample.now += 60_000;
    play({ kind: 'expire', assignmentId: sample.assignment(1) });
    reader.receive(announcementOf(stage));
    await until('it is told', () => sent.length > 0);
    expect(sent).toEqual(['trip:offer:expired']);
    expect(reader.known()).toEqual([[sample.tripId, sample.trip.version]]);
  });

  it('[LEAK1] nobody makes the server read the history of a trip of others', async () => {
    const { sample } = searchedTrip();
    let reads = 0;
    const archive: TripArchiveReader = {
      find: () => Promise.resolve(sample.trip),
      historyAfter: () => {
        reads += 1;
        return Promise.resolve([]);
      },
    };
    const { sent, socket } = socketOf('driver-9');
    const reader = new TripReader(socket, driverAudience('driver-9'), archive, NOBODY);
    expect(await reader.resume(sample.tripId, 0)).toBe(false);
    expect(sent).toEqual(['trip:snapshot']);
    expect(reads).toBe(0);
    expect(reader.known()).toEqual([]);
  });
});
