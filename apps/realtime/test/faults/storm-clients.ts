import { WebSocket } from 'ws';
import { until } from '#libs/testing';

/** Clients that do next to nothing, so that there can be thousands: they connect, and come back. */
export class StormClients {
  connected = 0;
  reconnections = 0;
  private isClosed = false;
  private readonly sockets = new Set<WebSocket>();

  constructor(
    private readonly tokens: readonly string[],
    private readonly count: number,
    /** Where they may connect now. */
    private readonly addresses: () => string[],
  ) {}

  /** @returns how long it took until all were greeted, ms */
  async open(): Promise<number> {
    const since = performance.now();
    for (let i = 0; i < this.count; i += 1) this.connect(i, 0);
    await until('all are greeted', () => this.connected === this.count, 240_000);
    return performance.now() - since;
  }

  close(): void {
    this.isClosed = true;
    for (const socket of this.sockets) socket.terminate();
  }

  private connect(index: number, failures: number): void {
    const addresses = this.addresses();
    const url = addresses[(index + failures) % addresses.length]!.replace('http', 'ws');
    const socket = new WebSocket(`${url}/socket.io/?EIO=4&transport=websocket`, {
      perMessageDeflate: false,
    });
    this.sockets.add(socket);
    let isIn = false;
    socket.on('open', () => {
      const token = this.tokens[index % this.tokens.length];
      socket.send(`40/passengers,${JSON.stringify({ token })}`);
    });
    socket.on('message', (data: Buffer) => {
      const packet = data.toString('latin1', 0, 40);
      if (packet === '2') socket.send('3');
      else if (!isIn && packet.startsWith('42/passengers,["hello"')) {
        isIn = true;
        this.connected += 1;
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.sockets.delete(socket);
      if (isIn) {
        this.connected -= 1;
        this.reconnections += 1;
      }
      if (this.isClosed) return;
      // As Socket.IO's clients do: later each time, spread at random.
      const delayMs = Math.min(5_000, 1_000 * 2 ** Math.min(failures, 3)) * (0.5 + Math.random());
      setTimeout(() => this.connect(index, isIn ? 0 : failures + 1), delayMs);
    });
  }
}
