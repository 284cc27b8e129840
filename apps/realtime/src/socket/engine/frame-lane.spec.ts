import { randomBytes } from 'node:crypto';
import * as ws from 'ws';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '#libs/testing';
import { type RealtimeSocket } from '../realtime-socket.js';
import { messageIn, openFrameLane } from './frame-lane.js';

interface Receiver {
  write(chunk: Buffer): boolean;
  on(event: string, listener: (...args: never[]) => void): void;
}
const { Receiver } = ws as unknown as {
  Receiver: new (options: { isServer: true; maxPayload: number }) => Receiver;
};

const MAX_PAYLOAD = 1_000;

interface Frame {
  payload: Buffer;
  first?: number;
  isMasked?: boolean;
  /** In bytes of the long form, as short as it may be by default. */
  lengthBytes?: 2 | 8;
}

/** A frame as RFC 6455 has it, with a random mask. */
function frame({ payload, first = 0x81, isMasked = true, lengthBytes }: Frame): Buffer {
  const { length } = payload;
  const bytes = lengthBytes ?? (length < 126 ? 0 : 2);
  const head = Buffer.alloc(2 + bytes);
  head[0] = first;
  head[1] = (isMasked ? 0x80 : 0) | (bytes === 0 ? length : bytes === 2 ? 126 : 127);
  if (bytes === 2) head.writeUInt16BE(length, 2);
  if (bytes === 8) head.writeBigUInt64BE(BigInt(length), 2);
  if (!isMasked) return Buffer.concat([head, payload]);
  const mask = randomBytes(4);
  return Buffer.concat([head, mask, payload.map((byte, at) => byte ^ mask[at & 3]!)]);
}

const text = (content: string): Frame => ({ payload: Buffer.from(content) });

/** What the reader of `ws` makes of chunks, with the lane before it or without. */
function readings(chunks: readonly Buffer[], hasLane: boolean): string[] {
  const read: string[] = [];
  const receiver = new Receiver({ isServer: true, maxPayload: MAX_PAYLOAD });
  receiver.on('message', (data: Buffer, isBinary: boolean) => {
    const isMessage = !isBinary && data.length > 1 && data.toString().startsWith('4');
    if (isMessage) read.push(`message ${data.toString().slice(1)}`);
    else read.push(`${isBinary ? 'bytes' : 'text'} ${data.toString()}`);
  });
  for (const event of ['ping', 'pong'])
    receiver.on(event, (data: Buffer) => read.push(`${event} ${data.toString('hex')}`));
  receiver.on('conclude', (code: number) => read.push(`conclude ${code}`));
  receiver.on('error', () => undefined);
  const transport = {
    socket: { _receiver: receiver },
    onPacket: ({ type, data }: { type: string; data: string }) => read.push(`${type} ${data}`),
  };
  const connection: unknown = { transport };
  if (hasLane) openFrameLane(connection as RealtimeSocket['conn']);
  // Each of its own: reading takes the mask off in place.
  for (const chunk of chunks) receiver.write(Buffer.from(chunk));
  const { _errored: errored } = receiver as unknown as { _errored: boolean };
  if (errored) read.push('error');
  return read;
}

const USUAL: (() => Frame[])[] = [
  () => [text('42/drivers,17["driver:location:ping",{"lat":41.9}]')],
  () => [text(`4${'x'.repeat(300)}`)],
  () => [text('4é€🚕')],
  () => [text('4')],
  () => [text('3')],
  () => [text('')],
  () => [{ ...text('4 long form of a short length'), lengthBytes: 2 }],
  () => [{ ...text('4 longest form'), lengthBytes: 8 }],
  () => [{ ...text('4bytes'), first: 0x82 }],
  () => [{ ...text('4ping'), first: 0x89 }],
  () => [{ ...text('4pong'), first: 0x8a }],
  () => [
    { ...text('4 begun'), first: 0x01 },
    { ...text('4 not a message of its own'), first: 0x00 },
    { ...text('ping between'), first: 0x89 },
    { ...text(', ended'), first: 0x80 },
  ],
];
const MALFORMED: (() => Frame[])[] = [
  () => [{ payload: Buffer.from([0x34, 0xc3, 0x28]) }],
  () => [{ ...text('4 without a mask'), isMasked: false }],
  () => [{ ...text('4 with a reserved bit'), first: 0xc1 }],
  () => [{ ...text('4 with another'), first: 0xa1 }],
  () => [{ ...text('4 of no kind'), first: 0x83 }],
  () => [text(`4${'y'.repeat(MAX_PAYLOAD)}`)],
  () => [
    { ...text('4 begun'), first: 0x01 },
    { ...text('4 whole in between'), first: 0x81 },
  ],
  () => [{ payload: Buffer.from([3, 232]), first: 0x88 }],
];

describe(openFrameLane.name, () => {
  it('[ORD1] every stream of frames, well-formed or not and however it is cut, is read as without the lane', () => {
    const random = seededRandom(17);
    const any = <Of>(all: readonly Of[]): Of => all[Math.floor(random() * all.length)]!;
    let taken = 0;
    for (let round = 0; round < 1_000; round += 1) {
      const chunks: Buffer[] = [];
      let pending: Buffer[] = [];
      for (let i = 0; i < 12; i += 1) {
        for (const each of any(random() < 0.02 ? MALFORMED : USUAL)().map(frame)) {
          if (messageIn(Buffer.from(each), MAX_PAYLOAD) !== undefined) taken += 1;
          pending.push(each);
          if (random() < 0.3) continue;
          const chunk = Buffer.concat(pending);
          pending = [];
          const cut = random() < 0.7 ? chunk.length : Math.floor(random() * chunk.length);
          chunks.push(chunk.subarray(0, cut));
          if (cut < chunk.length) pending = [chunk.subarray(cut)];
        }
      }
      chunks.push(Buffer.concat(pending));
      expect(readings(chunks, true)).toEqual(readings(chunks, false));
    }
    expect(taken).toBeGreaterThan(3_000);
  });

  it('[ORD1] takes whole messages of Engine.IO, of every length up to the largest payload', () => {
    for (const length of [2, 125, 126, MAX_PAYLOAD]) {
      const content = `4${'x'.repeat(length - 1)}`;
      expect(messageIn(frame(text(content)), MAX_PAYLOAD)).toBe(content.slice(1));
    }
    expect(messageIn(frame(text('4é€🚕')), MAX_PAYLOAD)).toBe('é€🚕');
  });

  it('[ORD1] leaves everything else as it was', () => {
    const others = [
      ...MALFORMED.slice(0, 6).map((make) => make()[0]!),
      { ...text('4 in fragments'), first: 0x01 },
      { ...text('4bytes'), first: 0x82 },
      text('3'),
      text('4'),
      text(''),
    ].map(frame);
    const whole = frame(text('4 whole'));
    others.push(whole.subarray(0, -1), Buffer.concat([whole, whole]), Buffer.alloc(0));
    others.push(whole.subarray(0, 1), frame(text('x'.repeat(200))).subarray(0, 3));
    for (const other of others) {
      const before = other.toString('hex');
      expect(messageIn(other, MAX_PAYLOAD)).toBeUndefined();
      expect(other.toString('hex')).toBe(before);
    }
  });
});
