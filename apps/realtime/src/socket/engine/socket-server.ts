import { type Server as HttpServer } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { Server, type ServerOptions } from 'socket.io';
import { Encoder } from 'socket.io-parser';
import { socketsConfig, type ConfigType } from '#libs/config';
import { errorCatalogue, Namespace } from '#libs/contracts';
import { RedisKeys, ShardPublisher, ShardSubscriber } from '#libs/redis';
import { Admission } from '../connection/admission.js';
import { ConnectionGuard } from '../connection/connection-guard.js';
import { ConnectionLifecycle } from '../connection/connection-lifecycle.js';
import { NamespaceAuthentication } from '../connection/namespace-authentication.js';
import {
  type RealtimeNamespace,
  type RealtimeServer,
  type RealtimeSocket,
} from '../realtime-socket.js';
import { endStreamsOnce } from './end-once.js';
import { forgetAnswers, forgetFirstRequest } from './first-request.js';
import { openFrameLane } from './frame-lane.js';
import { guardedShardedAdapter } from './redis-adapter-clients.js';
import { RequestDecoder } from './request-decoder.js';

/** The one Socket.IO server of the instance: its options, its guards, its namespaces. */
@Injectable()
export class SocketServer {
  private server: RealtimeServer | undefined;

  constructor(
    @Inject(socketsConfig.KEY) private readonly settings: ConfigType<typeof socketsConfig>,
    private readonly keys: RedisKeys,
    private readonly publisher: ShardPublisher,
    private readonly subscriber: ShardSubscriber,
    private readonly admission: Admission,
    private readonly guard: ConnectionGuard,
    private readonly authentication: NamespaceAuthentication,
    private readonly lifecycle: ConnectionLifecycle,
  ) {}

  open(httpServer: HttpServer): RealtimeServer {
    if (this.server) return this.server;
    const server: RealtimeServer = new Server(httpServer, this.options());
    const { maxRoomsPerSocket } = this.settings;
    server.adapter(
      guardedShardedAdapter(this.keys, this.publisher, this.subscriber, maxRoomsPerSocket),
    );
    server
      .of('/')
      .use((socket, next) => this.authentication.refuseAll()(socket as RealtimeSocket, next));
    for (const name of Object.values(Namespace)) {
      const namespace = server.of(name) as RealtimeNamespace;
      const authenticate = this.authentication.middleware(name);
      namespace.use((socket, next) => authenticate(socket as RealtimeSocket, next));
      namespace.on('connection', (socket) => this.lifecycle.begin(socket as RealtimeSocket));
    }
    forgetAnswers(httpServer, server.engine);
    server.engine.on('connection', (connection: RealtimeSocket['conn']) => {
      openFrameLane(connection);
      endStreamsOnce(connection);
      this.guard.watch(connection);
      const address = this.admission.addressOf(connection.request);
      this.admission.enter(address);
      // Not `once`, whose wrapper costs every connection 250 bytes: it closes once anyway.
      connection.on('close', () => this.admission.leave(address));
      forgetFirstRequest(connection);
    });
    this.server = server;
    return server;
  }

  namespace(name: Namespace): RealtimeNamespace {
    if (!this.server) throw new Error('The socket server is not open yet.');
    return this.server.of(name) as RealtimeNamespace;
  }

  private options(): Partial<ServerOptions> {
    const sockets = this.settings;
    return {
      path: sockets.path,
      transports: sockets.transports,
      pingInterval: sockets.pingIntervalMs,
      pingTimeout: sockets.pingTimeoutMs,
      connectTimeout: sockets.connectTimeoutMs,
      maxHttpBufferSize: sockets.maxPayloadBytes,
      perMessageDeflate: false,
      serveClient: false,
      parser: { Encoder, Decoder: RequestDecoder },
      // CORS is of HTTP requests; the origin of a WebSocket is checked at the admission.
      ...(sockets.transports.includes('polling') && { cors: corsOf(sockets.origins) }),
      allowRequest: (request, decide) => {
        const code = this.admission.refusalOf(request);
        if (code === undefined) decide(null, true);
        else decide(JSON.stringify({ code, retryable: errorCatalogue[code].retryable }), false);
      },
    };
  }
}

function corsOf(origins: readonly string[]): ServerOptions['cors'] {
  return { origin: origins.includes('*') ? true : [...origins], credentials: true };
}
