import { connectAll } from './connect-all.js';
import { type Auth, type SocketIoClient } from './socket-io-client.js';
import { type ObservedProcess } from './usage-window.js';

/** People in one room of /chat, on one instance. */
export interface RoomPlan {
  port: number;
  /** A member each. */
  auths: Auth[];
  /** What Ridewire understands, or the requests of the older chat, which its peers serve. */
  speaks: 'ridewire' | 'older chat';
  warmUpMs: number;
  measureMs: number;
  observed: ObservedProcess[];
}

export const ROOM = 'bench';
const NAMESPACE = '/chat';
const JOINS_AT_A_TIME = 20;
const JOIN_DEADLINE_MS = 10_000;

/** A client in the room; its acks go to whoever has asked. */
export class RoomMember {
  onEvent: ((bytes: Buffer, at: number, end: number) => void) | undefined;
  private readonly waiting = new Map<number, () => void>();

  constructor(
    readonly number: number,
    private readonly client: SocketIoClient,
    problem: (what: string) => void,
  ) {
    client.listener = {
      onAck: (bytes, at, end) => this.readAck(bytes, at, end, problem),
      onEvent: (bytes, at, end) => this.onEvent?.(bytes, at, end),
      onClose: (reason) => problem(`a member was cut: ${reason}`),
    };
  }

  get bytesIn(): number {
    return this.client.webSocket.bytesIn;
  }

  /** @param answered absent for a request without an ack */
  send(id: number, event: string, payload: object, answered?: () => void): void {
    if (answered) this.waiting.set(id, answered);
    const body = JSON.stringify([event, payload]);
    this.client.webSocket.sendText(`42${NAMESPACE},${answered ? id : ''}${body}`);
  }

  private readAck(bytes: Buffer, at: number, end: number, problem: (what: string) => void): void {
    const text = bytes.toString('utf8', at, end);
    const id = Number.parseInt(text, 10);
    if (text.includes('"ok":false') || text.includes('"error"')) problem(`refused: ${text}`);
    this.waiting.get(id)?.();
    this.waiting.delete(id);
  }
}

/** Connects the members and lets them join; resolves when all are in. */
export async function joinRoom(
  { port, auths, speaks }: RoomPlan,
  problem: (what: string) => void,
): Promise<RoomMember[]> {
  const isOurs = speaks === 'ridewire';
  const ready = isOurs ? { readyEvent: 'hello' } : {};
  const clients = await connectAll(
    auths.map((auth) => ({
      address: { port },
      namespace: NAMESPACE,
      isSocketIo: true,
      auth,
      ...ready,
    })),
  );
  const members = clients.map((client, number) => new RoomMember(number, client, problem));
  const [event, payload] = isOurs
    ? ['chat:join', { conversationId: `room:${ROOM}` }]
    : ['joinRoom', { room: ROOM, username: 'bench' }];
  let next = 0;
  const joinInTurn = async (): Promise<void> => {
    for (let member = members[next++]; member; member = members[next++]) {
      const joining = member;
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error('nobody let a member in')),
          JOIN_DEADLINE_MS,
        );
        joining.send(0, event as string, payload as object, () => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  };
  await Promise.all(Array.from({ length: JOINS_AT_A_TIME }, joinInTurn));
  return members;
}
