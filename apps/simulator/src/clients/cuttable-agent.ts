import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { type Duplex } from 'node:stream';

/** Opens the connections of one phone, and can end them as an empty battery does: without a word. */
export interface CuttableAgent {
  agent: HttpAgent;
  cut(): void;
}

export function cuttableAgent(server: string): CuttableAgent {
  const open = new Set<Duplex>();
  const agent = server.startsWith('https:') ? new HttpsAgent() : new HttpAgent();
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const socket = connect(options, callback);
    if (socket) {
      open.add(socket);
      socket.once('close', () => open.delete(socket));
    }
    return socket;
  };
  return { agent, cut: () => open.forEach((socket) => socket.destroy()) };
}
