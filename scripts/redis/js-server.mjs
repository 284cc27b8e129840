// The imitation of Redis, as a process of its own: it can be killed and restarted like the real one.
import { Server } from 'node:net';
import { createRedisServer } from 'js-redis-server';

// It would listen on every interface, without a password, and has no option against that.
const { listen } = Server.prototype;
Server.prototype.listen = /** @type {typeof listen} */ (
  /** @this {Server} @param {any} port */
  function listenLocally(port) {
    return /** @type {Function} */ (listen).call(this, port, '127.0.0.1');
  }
);

const server = await createRedisServer({ port: Number(process.argv[2]) });
process.stdout.write('Ready to accept connections\n');
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => server.close().finally(() => process.exit(0)));
}
