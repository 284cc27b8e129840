import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { type Duplex } from 'node:stream';

/** Opens the connections of one phone, and does to them what happens to a phone. */
export interface CuttableAgent {
  agent: HttpAgent;
  /** Ends them as an empty battery does: without a word. */
  cut(): void;
  /** Nothing is read or written, as by an app that the system has stopped; they stay open. */
  freeze(): void;
  /** Goes on with what came meanwhile. */
  thaw(): void;
}

export function cuttableAgent(server: string): CuttableAgent {
  const open = new Set<Duplex>();
  /** What a frozen phone would open. */
  const postponed: (() => void)[] = [];
  let isFrozen = false;
  const agent = server.startsWith('https:') ? new HttpsAgent() : new HttpAgent();
  const connect = agent.createConnection.bind(agent);
  const watched = (socket: ReturnType<typeof connect>): ReturnType<typeof connect> => {
    if (!socket) return socket;
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    return socket;
  };
  agent.createConnection = (options, callback) => {
    if (!isFrozen) return watched(connect(options, callback));
    postponed.push(() => {
      const socket = watched(connect(options));
      if (socket) callback?.(null, socket);
    });
    return undefined;
  };
  return {
    agent,
    cut: () => open.forEach((socket) => socket.destroy()),
    freeze: () => {
      isFrozen = true;
      for (const socket of open) {
        socket.pause();
        socket.cork();
      }
    },
    thaw: () => {
      isFrozen = false;
      for (const socket of open) {
        socket.uncork();
        socket.resume();
      }
      for (const begin of postponed.splice(0)) begin();
    },
  };
}
