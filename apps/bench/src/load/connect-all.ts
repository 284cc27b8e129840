import { SocketIoClient, type ClientOptions } from './socket-io-client.js';

const AT_A_TIME = 100;

/**
 * Connects clients a hundred at a time and resolves when all are welcomed.
 */
export async function connectAll(plans: readonly ClientOptions[]): Promise<SocketIoClient[]> {
  const clients: SocketIoClient[] = [];
  let next = 0;
  const connectInTurn = async () => {
    while (next < plans.length) {
      const number = next;
      next += 1;
      const client = new SocketIoClient(plans[number]!);
      clients[number] = client;
      await client.ready;
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, connectInTurn));
  return clients;
}
