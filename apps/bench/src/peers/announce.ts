import { type Server } from 'node:http';
import { type AddressInfo } from 'node:net';

/** Listens on a free port and tells the benchmark which. */
export async function announce(server: Server): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 4_096, resolve));
  announcePort(server);
}

export function announcePort(server: Server): void {
  const { port } = server.address() as AddressInfo;
  process.send?.({ kind: 'listening', port });
}
