import { type Server as HttpServer } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { Server, type ServerOptions } from 'socket.io';
import { Encoder } from 'socket.io-parser';
import { socketsConfig, type ConfigType } from '#libs/config';
import { Namespace } from '#libs/contracts';
import { InstanceDirectory } from '#libs/instances';
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
import { forgetAnswers, forgetFirstRequest } from './first-request.js';
import { HttpEntrance } from './http-entrance.js';
import { openLanes } from './lanes.js';
import { guardedShardedAdapter } from './redis-adapter-clients.js';
import { RequestDecoder } from './request-decoder.js';
import { SessionEngine } from './session-engine.js';

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
    private readonly directory: InstanceDirectory,
    private readonly entrance: HttpEntrance,
    private readonly guard: ConnectionGuard,
    private readonly authentication: NamespaceAuthentication,
    private readonly lifecycle: ConnectionLifecycle,
  ) {}

  open(httpServer: HttpServer): RealtimeServer {
    if (this.server) return this.server;
    const options = this.options();
    const server: RealtimeServer = new Server(options);
    const engine = new SessionEngine(this.directory.id, options);
    server.bind(engine);
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
    forgetAnswers(engine);
    engine.on('connection', (connection: RealtimeSocket['conn']) => {
      openLanes(connection);
      this.guard.watch(connection);
      const address = this.admission.addressOf(connection.request);
      this.admission.enter(address);
      // Not `once`, whose wrapper costs every connection 250 bytes: it closes once anyway.
      connection.on('close', () => this.admission.leave(address));
      forgetFirstRequest(connection);
    });
    this.entrance.open(httpServer, engine);
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
      transports: sockets.transports,
      pingInterval: sockets.pingIntervalMs,
      pingTimeout: sockets.pingTimeoutMs,
      connectTimeout: sockets.connectTimeoutMs,
      maxHttpBufferSize: sockets.maxPayloadBytes,
      perMessageDeflate: false,
      httpCompression: false,
      serveClient: false,
      parser: { Encoder, Decoder: RequestDecoder },
    };
  }
}
