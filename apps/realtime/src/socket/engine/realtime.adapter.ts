import { type Server as HttpServer } from 'node:http';
import { type INestApplication } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { type Server } from 'socket.io';
import { Namespace } from '#libs/contracts';
import { RequestRoutes } from '../request/request-routes.js';
import { SocketServer } from './socket-server.js';

const namespaces = Object.values(Namespace);

/**
 * What Nest knows of our socket layer. Nest asks it for servers and namespaces as usual; connections
 * and messages do not go through Nest's per-socket bindings but through lifecycle and dispatcher.
 */
export class RealtimeAdapter extends IoAdapter {
  constructor(private readonly app: INestApplication) {
    super(app);
  }

  /** One server on the port of REST, however many gateways ask for it. */
  override createIOServer(): Server {
    return this.app.get(SocketServer).open(this.app.getHttpServer() as HttpServer);
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

  override bindMessageHandlers(): void {
    // RequestDispatcher has one listener a socket.
  }
}
