import { WebSocket } from 'ws';
import { type Ack, type ConnectionClosing } from '#libs/contracts';
import { until } from '#libs/testing';

/** A socket of one namespace that knows which of its requests was answered how often. */
export class FuzzSocket {
  private readonly waiting = new Map<number, (answer: Ack<unknown> | undefined) => void>();
  private ids = 0;
  /** Ids that were answered a second time. */
  readonly doubled: number[] = [];
  /** What came beside answers and is told to the sender of a request: `exception` and `error`. */
  readonly refusals: string[] = [];
  closing: ConnectionClosing | undefined;
  isOpen = false;

  private constructor(
    private readonly socket: WebSocket,
    private readonly namespace: string,
  ) {
    socket.on('message', (data) => this.read(String(data)));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.isOpen = false;
      for (const resolve of this.waiting.values()) resolve(undefined);
      this.waiting.clear();
    });
  }

  static async open(url: string, namespace: string, token: string): Promise<FuzzSocket> {
    const ws = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
    const socket = new FuzzSocket(ws, namespace);
    ws.on('open', () => ws.send(`40${namespace},${JSON.stringify({ token })}`));
    await until(`${namespace} greets`, () => socket.isOpen);
    return socket;
  }

  /** Undefined where the connection ended without an answer. */
  ask(event: string, payload: unknown): Promise<Ack<unknown> | undefined> {
    const id = (this.ids += 1);
    const args = payload === undefined ? [event] : [event, payload];
    return new Promise((resolve) => {
      if (!this.isOpen) return resolve(undefined);
      this.waiting.set(id, resolve);
      this.socket.send(`42${this.namespace},${id}${JSON.stringify(args)}`);
    });
  }

  close(): void {
    this.socket.terminate();
  }

  private read(packet: string): void {
    if (packet === '2') return this.socket.send('3');
    const ack = `43${this.namespace},`;
    if (packet.startsWith(ack)) {
      const start = packet.indexOf('[');
      this.answer(Number(packet.slice(ack.length, start)), packet.slice(start));
      return;
    }
    const event = `42${this.namespace},`;
    if (!packet.startsWith(event)) return;
    const body = packet.slice(packet.indexOf('[', event.length));
    if (body.startsWith('["hello"')) this.isOpen = true;
    else if (/^\["(exception|error)"/.test(body)) this.refusals.push(body);
    else if (body.startsWith('["connection:closing"'))
      [, this.closing] = JSON.parse(body) as [string, ConnectionClosing];
  }

  private answer(id: number, body: string): void {
    if (!this.waiting.has(id)) this.doubled.push(id);
    const [answer] = JSON.parse(body) as [Ack<unknown>];
    this.waiting.get(id)?.(answer);
    this.waiting.delete(id);
  }
}
