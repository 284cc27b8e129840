import { type Server as HttpServer } from 'node:http';
import { type INestApplication } from '@nestjs/common';
import { AbstractWsAdapter } from '@nestjs/websockets';
import { Namespace } from '#libs/contracts';
import { RequestRoutes } from '../request/request-routes.js';
import { SocketServer } from './socket-server.js';

const namespaces = Object.values(Namespace);

/**
 * Nest's door to our socket layer. Nest asks it for servers and namespaces as usual; connections
 * and messages do not go through Nest's per-socket bindings but through lifecycle and dispatcher.
 */
export class RealtimeAdapter extends AbstractWsAdapter {
  constructor(private readonly app: INestApplication) {
    super(app);
  }

  override create(_port: number, options?: { namespace?: string }): unknown {
    const server = this.app.get(SocketServer).open(this.app.getHttpServer() as HttpServer);
    // Nest asks for the server first and then, with it, for the namespace of a gateway.
    return options?.namespace === undefined ? server : server.of(options.namespace);
  }

  /** To be called after all modules are initialised and before the server listens. */
  discoverGateways(): void {
    this.app.get(RequestRoutes).discover(namespaces);
  }

  override bindClientConnect(): void {
    // ConnectionLifecycle begins every connection.
  }

  override bindClientDisconnect(): void {
    // ConnectionLifecycle ends every connection.
  }

  bindMessageHandlers(): void {
    // RequestDispatcher has one listener a socket.
  }
}
