import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type RealtimeSocket } from '../realtime-socket.js';
import { endStreamsOnce } from './lanes.js';

describe('the streams of a connection', () => {
  afterEach(() => vi.restoreAllMocks());

  const opened = (): { socket: PassThrough; receiver: PassThrough } => {
    const [socket, receiver] = [new PassThrough(), new PassThrough()];
    const connection: unknown = {
      transport: { socket: { _socket: socket, _receiver: receiver } },
    };
    endStreamsOnce(connection as RealtimeSocket['conn']);
    return { socket, receiver };
  };

  it('[LIM1] are ended once, however often they are told to', async () => {
    const end = vi.spyOn(PassThrough.prototype, 'end');
    const { socket, receiver } = opened();
    for (const stream of [socket, receiver]) {
      end.mockClear();
      stream.end('the last of it');
      expect(stream.end()).toBe(stream);
      expect(await text(stream)).toBe('the last of it');
      stream.end();
      expect(end).toHaveBeenCalledTimes(1);
    }
  });

  it('[LIM1] tell whoever asks that they have ended already', async () => {
    const { socket } = opened();
    socket.resume().end();
    await once(socket, 'end');
    const failure = await new Promise((resolve) => socket.end(resolve));
    expect(failure).toMatchObject({ code: 'ERR_STREAM_ALREADY_FINISHED' });
  });
});
