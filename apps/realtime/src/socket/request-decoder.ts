import { Decoder } from 'socket.io-parser';
import { type RealtimeSocket } from './realtime-socket.js';

/** Handles a request; false when it is not one that the server knows: Socket.IO goes on with it. */
export type RequestTaker = (
  socket: RealtimeSocket,
  event: string,
  payload: unknown,
  ackId: number | undefined,
) => boolean;

/** `2/namespace,ackId[`: an event without attachments; more digits than a number holds are no id of ours. */
const EVENT_HEAD = /^2(\/[^,]*),(\d{0,15})\[/;

interface ClientOfConnection {
  decoder: RequestDecoder;
  /** The sockets of the connection by namespace: those that have passed authentication. */
  nsps: ReadonlyMap<string, RealtimeSocket>;
}

/**
 * Socket.IO's decoder with a lane for requests: well-formed events that the server knows go straight
 * to it instead of through two ticks and the listeners of the socket, which cost more than the
 * request itself. Every other packet, malformed ones too, is left to Socket.IO.
 */
export class RequestDecoder extends Decoder {
  private sockets: ClientOfConnection['nsps'] | undefined;
  private take: RequestTaker | undefined;
  /** Packets that Socket.IO hands over in the next tick: no request may overtake them (ORD1). */
  private ahead = 0;

  /** From now on the requests of this connection are taken; its sockets come and go by themselves. */
  static open(socket: RealtimeSocket, take: RequestTaker): void {
    const { decoder, nsps } = socket.client as unknown as ClientOfConnection;
    decoder.sockets = nsps;
    decoder.take = take;
  }

  override add(packet: unknown): void {
    if (typeof packet === 'string' && this.takes(packet)) return;
    super.add(packet);
    this.ahead += 1;
    process.nextTick(() => {
      this.ahead -= 1;
    });
  }

  private takes(packet: string): boolean {
    // A text between the parts of a binary packet is malformed.
    if (this.ahead > 0 || !this.take || this['reconstructor']) return false;
    const head = EVENT_HEAD.exec(packet);
    const socket = head && this.sockets?.get(head[1]!);
    if (!socket) return false;
    const args = parse(packet.slice(head[0].length - 1));
    const [event, payload] = args;
    if (typeof event !== 'string') return false;
    return this.take(socket, event, payload, head[2] === '' ? undefined : Number(head[2]));
  }
}

/** Nothing for a text that is no JSON: Socket.IO ends the connection for it. */
function parse(text: string): unknown[] {
  try {
    return JSON.parse(text) as unknown[];
  } catch {
    return [];
  }
}
