import { Decoder } from 'socket.io-parser';
import { type RealtimeSocket } from '../realtime-socket.js';
import { clientOf, type ClientInsides } from './insides.js';

/** Handles a request; false when it is not one that the server knows: Socket.IO goes on with it. */
export type RequestTaker = (
  socket: RealtimeSocket,
  event: string,
  payload: unknown,
  ackId: number | undefined,
) => boolean;

type Connection = RealtimeSocket['conn'];

/** Is told of a connection that Socket.IO ends for what it sent. */
export type BrokenPacketNote = (connection: Connection) => void;

/** An event without attachments of a namespace other than the default one. */
const EVENT = '2/';
const DIGIT_0 = 48;
const DIGIT_9 = 57;
const BRACKET = 91;
/** An id with more digits than a number holds is not read here. */
const MAX_ID_DIGITS = 15;

/**
 * Socket.IO's decoder with a lane for requests: well-formed events that the server knows go straight
 * to it instead of through two ticks and the listeners of the socket, which cost more than the
 * request itself. Every other packet, malformed ones too, is left to Socket.IO.
 */
export class RequestDecoder extends Decoder {
  private sockets: ClientInsides<RealtimeSocket>['nsps'] | undefined;
  private take: RequestTaker | undefined;
  private static fits: boolean | undefined;
  /** The decoder that Socket.IO made last. */
  private static newest: RequestDecoder | undefined;
  /** Packets that Socket.IO hands over in the next tick: no request may overtake them (ORD1). */
  private ahead = 0;
  private connection: Connection | undefined;
  private noteBroken: BrokenPacketNote | undefined;

  constructor() {
    super();
    RequestDecoder.newest = this;
  }

  /**
   * From now on `note` is told when Socket.IO ends this connection for a packet, which it does without
   * a word. To be called right when the connection is there: Socket.IO has just made its decoder.
   */
  static watch(connection: Connection, note: BrokenPacketNote): void {
    const { newest } = this;
    this.newest = undefined;
    if (!newest) return;
    newest.connection = connection;
    newest.noteBroken = note;
  }

  /** From now on the requests of this connection are taken; its sockets come and go by themselves. */
  static open(socket: RealtimeSocket, take: RequestTaker): void {
    const client = clientOf(socket);
    if (!client || !(client.decoder instanceof RequestDecoder) || !RequestDecoder.isFit()) return;
    client.decoder.sockets = client.nsps;
    client.decoder.take = take;
  }

  /** Whether Socket.IO's decoder still shows that it waits for the parts of a binary packet. */
  static isFit(): boolean {
    if (this.fits === undefined) {
      const decoder = new Decoder();
      decoder.add('51-["a",{"_placeholder":true,"num":0}]');
      this.fits = Boolean(decoder['reconstructor']);
      decoder.destroy();
    }
    return this.fits;
  }

  override add(packet: unknown): void {
    if (typeof packet === 'string' && this.takes(packet)) return;
    this.addToSocketIo(packet);
    this.ahead += 1;
    process.nextTick(() => {
      this.ahead -= 1;
    });
  }

  private addToSocketIo(packet: unknown): void {
    const { connection } = this;
    const isWatched = connection?.readyState === 'open';
    try {
      super.add(packet);
    } catch (error) {
      if (isWatched) this.noteBroken?.(connection);
      throw error;
    }
    // What it accepts it handles later; what it does not has ended the connection by now.
    if (isWatched && connection.readyState !== 'open') this.noteBroken?.(connection);
  }

  private takes(packet: string): boolean {
    // A text between the parts of a binary packet is malformed.
    if (this.ahead > 0 || !this.take || this['reconstructor']) return false;
    // `2/namespace,ackId[`: read by hand, a regular expression allocates for each part.
    if (!packet.startsWith(EVENT)) return false;
    const comma = packet.indexOf(',');
    const socket = comma > 0 ? this.sockets?.get(packet.slice(1, comma)) : undefined;
    if (!socket) return false;
    const idStart = comma + 1;
    let at = idStart;
    let id = 0;
    let code = packet.charCodeAt(at);
    while (code >= DIGIT_0 && code <= DIGIT_9) {
      id = id * 10 + code - DIGIT_0;
      at += 1;
      code = packet.charCodeAt(at);
    }
    if (code !== BRACKET || at - idStart > MAX_ID_DIGITS) return false;
    const [event, payload] = parse(packet.slice(at));
    if (typeof event !== 'string') return false;
    return this.take(socket, event, payload, at === idStart ? undefined : id);
  }
}

/** Undefined for text that is not JSON: Socket.IO then ends the connection. */
function parse(text: string): unknown[] {
  try {
    return JSON.parse(text) as unknown[];
  } catch {
    return [];
  }
}
