import { describe, expect, it } from 'vitest';
import { type TripFact } from '#libs/contracts';
import { type TripHistoryEntry } from '#libs/trips';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { DispatcherReader } from './dispatcher-reader.js';

const TRIP = 'trip-1';

function factOf(version: number): TripFact {
  const status = 'in_progress';
  return { tripId: TRIP, version, at: '', status, currentStatus: status, previousStatus: status };
}

/** Events of a trip that are named by their numbers. */
function entries(...versions: number[]): TripHistoryEntry[] {
  return versions.map((version) => ({
    version,
    type: 'message_sent',
    at: 0,
    actor: { kind: 'system' },
    data: {},
    notices: [{ to: ['admin'], event: 'trip:started', payload: factOf(version) }],
  }));
}

function openDesk() {
  const sent: number[] = [];
  const socket = {
    connected: true,
    emit: (event: string, { version }: { version: number }) =>
      sent.push(event === 'trip:snapshot' ? 0 : version),
  };
  const dispatcher = new DispatcherReader(socket as unknown as RealtimeSocket);
  /** As the feed brings it. */
  const live = (...versions: number[]) => {
    for (const entry of entries(...versions)) {
      if (dispatcher.takes(TRIP, entry)) sent.push(entry.version);
    }
  };
  return { dispatcher, sent, live };
}

describe('what a dispatcher is told of a trip', () => {
  it('[REPLAY1] what happens while the past is read comes after it, and once', async () => {
    const { dispatcher, sent, live } = openDesk();
    dispatcher.hold(TRIP);
    live(3);
    await dispatcher.replay(TRIP, 1, () => {
      live(4);
      return Promise.resolve(entries(2, 3));
    });
    live(4, 5);
    expect(sent).toEqual([2, 3, 4, 5]);
  });

  it('[REPLAY1] whoever asks again for what came before gets only what it never got', async () => {
    const { dispatcher, sent, live } = openDesk();
    live(5, 6);
    await dispatcher.replay(TRIP, 2, () => Promise.resolve(entries(3, 4, 5, 6, 7)));
    live(7, 8);
    await dispatcher.replay(TRIP, 0, () => Promise.resolve(entries(1, 2, 3, 4, 5, 6, 7, 8)));
    expect(sent).toEqual([5, 6, 3, 4, 7, 8, 1, 2]);
  });

  it('[REPLAY1] two that ask at the same time are answered one after the other', async () => {
    const { dispatcher, sent, live } = openDesk();
    const first = dispatcher.replay(TRIP, 1, () => Promise.resolve(entries(2)));
    const second = dispatcher.replay(TRIP, 1, () => Promise.resolve(entries(2, 3)));
    live(3);
    await Promise.all([first, second]);
    expect(sent).toEqual([2, 3]);
  });

  it('[REPLAY1] a read that fails loses nothing of what happened meanwhile', async () => {
    const { dispatcher, sent, live } = openDesk();
    const failing = dispatcher.replay(TRIP, 1, () => {
      live(2);
      return Promise.reject(new Error('redis is away'));
    });
    await expect(failing).rejects.toThrow('redis is away');
    live(3);
    expect(sent).toEqual([2, 3]);
  });
});
