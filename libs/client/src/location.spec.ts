import { type Socket } from 'socket.io-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Ack, type LocationPingResult } from '#libs/contracts/browser';
import { Connection } from './connection/connection.js';
import { Link } from './link.js';
import { LocationReporter, type NumberedFix } from './location.js';

const HOUR_MS = 3_600_000;
const SECOND_MS = 1_000;
const STARTED_AT = Date.UTC(2026, 5, 1, 12);

/** A phone whose clock the test sets, and a server that answers each ping with the right time. */
class Phone {
  /** The right time. */
  now = STARTED_AT;
  /** How wrong its clock is. */
  aheadMs = 0;
  /** How long its steady clock has stood still. */
  sleptMs = 0;
  readonly pings: number[][] = [];
  /** When each fix was measured indeed. */
  readonly measuredAt: number[] = [];
  private readonly link = new Link('/drivers', new Connection({ url: '' }));
  private readonly reporter = new LocationReporter(this.link, { minIntervalMs: 0 });

  constructor() {
    vi.spyOn(Date, 'now').mockImplementation(() => this.now + this.aheadMs);
    vi.spyOn(performance, 'now').mockImplementation(() => this.now - STARTED_AT - this.sleptMs);
  }

  /** Drives and measures once a second. */
  async drive(seconds: number): Promise<void> {
    for (let i = 0; i < seconds; i += 1) {
      this.now += SECOND_MS;
      this.measuredAt.push(this.now);
      this.reporter.report({ lat: 41.9 + this.measuredAt.length * 0.001, lng: 12.5 });
      if (this.link.isReady) await this.settle();
    }
  }

  sleep(ms: number): void {
    this.now += ms;
    this.sleptMs += ms;
  }

  /** The server greets, and everything that waits goes out. */
  async connect(): Promise<void> {
    let receive: (event: string, payload: unknown) => void = () => {};
    const wire = {
      connected: true,
      onAny: (listener: typeof receive) => (receive = listener),
      timeout: () => ({ emitWithAck: (_: string, payload: unknown) => this.answer(payload) }),
    };
    this.link.attach(wire as unknown as Socket);
    receive('hello', { epoch: 1, serverTime: this.now, expiresAt: this.now + HOUR_MS });
    await this.settle();
  }

  disconnect(): void {
    this.link.detach();
  }

  /** Until every answer is heeded. */
  async settle(): Promise<void> {
    do await new Promise((resolve) => setImmediate(resolve));
    while (this.pings.flat().length < this.measuredAt.length);
  }

  stop(): void {
    this.reporter.stop();
  }

  private answer(payload: unknown): Promise<Ack<LocationPingResult>> {
    const fixes = [payload].flat() as NumberedFix[];
    this.pings.push(fixes.map(({ timestamp }) => timestamp));
    const data = { results: [], serverTime: this.now };
    return Promise.resolve({ ok: true, data });
  }
}

describe('the times of a reporter of positions', () => {
  let phone: Phone;
  beforeEach(() => {
    phone = new Phone();
  });
  afterEach(() => {
    phone.stop();
    vi.restoreAllMocks();
  });

  it.each([
    { name: 'an hour ahead', aheadMs: HOUR_MS },
    { name: 'an hour behind', aheadMs: -HOUR_MS },
  ])(
    '[CLIENT5] what a phone whose clock is $name measured before it was ever greeted has the right times',
    async ({ aheadMs }) => {
      phone.aheadMs = aheadMs;
      await phone.drive(50);
      await phone.connect();
      await phone.drive(1);
      expect(phone.pings.flat()).toEqual(phone.measuredAt);
    },
  );

  it.each([
    { name: 'forward', fromMs: 0, toMs: HOUR_MS },
    { name: 'back', fromMs: HOUR_MS, toMs: 0 },
    { name: 'from behind to the right time', fromMs: -HOUR_MS, toMs: 0 },
  ])(
    '[CLIENT5] a clock that is set $name while the phone drives leaves all times right',
    async ({ fromMs, toMs }) => {
      phone.aheadMs = fromMs;
      await phone.connect();
      await phone.drive(3);
      phone.aheadMs = toMs;
      await phone.drive(3);
      phone.disconnect();
      await phone.drive(3);
      phone.aheadMs = fromMs;
      await phone.drive(3);
      await phone.connect();
      await phone.drive(1);
      expect(phone.pings.flat()).toEqual(phone.measuredAt);
    },
  );

  it('[CLIENT5] a clock that is set back before the first greeting leaves all times right', async () => {
    phone.aheadMs = HOUR_MS;
    await phone.drive(3);
    phone.aheadMs = 0;
    await phone.drive(3);
    await phone.connect();
    expect(phone.pings.flat()).toEqual(phone.measuredAt);
  });

  it('[CLIENT5] what waits while the phone sleeps is as old as it is', async () => {
    await phone.drive(3);
    phone.sleep(HOUR_MS);
    await phone.drive(3);
    await phone.connect();
    phone.disconnect();
    await phone.drive(3);
    phone.sleep(HOUR_MS);
    await phone.drive(3);
    await phone.connect();
    expect(phone.pings.flat()).toEqual(phone.measuredAt);
  });
});
