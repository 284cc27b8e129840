import { type Server as HttpServer } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { Server, type ServerOptions } from 'socket.io';
import { Encoder } from 'socket.io-parser';
import { socketsConfig, type ConfigType } from '#libs/config';
import { Namespace, type ErrorCode } from '#libs/contracts';
import { InstanceDirectory } from '#libs/instances';
import { RedisKeys, ShardPublisher, ShardSubscriber } from '#libs/redis';
import { Admission } from '../connection/admission.js';
import { ConnectionGuard } from '../connection/connection-guard.js';
import { ConnectionLifecycle } from '../connection/connection-lifecycle.js';
import { NamespaceAuthentication } from '../connection/namespace-authentication.js';
import { RefusalLog } from '../connection/refusal-log.js';
import {
  type RealtimeNamespace,
  type RealtimeServer,
  type RealtimeSocket,
} from '../realtime-socket.js';
import { forgetAnswers, forgetFirstRequest } from './first-request.js';
import { HttpEntrance } from './http-entrance.js';
import { openLanes } from './lanes.js';
import { guardedShardedAdapter } from './redis-adapter-clients.js';
import { RequestDecoder, type BrokenPacketNote } from './request-decoder.js';
import { noteWritten } from './send-packet.js';
import { SessionEngine } from './session-engine.js';
import {
  boundedWebSocketServer,
  frameErrorOf,
  TOO_MANY_CONTROL_FRAMES,
} from './web-socket-server.js';

const codeOfFrameError: Readonly<Record<string, ErrorCode>> = {
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 'PAYLOAD_TOO_LARGE',
  [TOO_MANY_CONTROL_FRAMES]: 'RATE_LIMITED',
};

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
    private readonly refusals: RefusalLog,
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
    engine.on('flush', (_connection: object, messages: readonly object[]) =>
      noteWritten(messages.length),
    );
    engine.on('connection', (connection: RealtimeSocket['conn']) => {
      RequestDecoder.watch(connection, this.noteBrokenPacket);
      openLanes(connection);
      const address = this.admission.addressOf(connection.request);
      this.guard.watch(connection, address);
      this.admission.enter(address);
      // Not `once`, whose wrapper costs every connection 250 bytes: it closes once anyway.
      connection.on('close', (reason: string) => {
        this.admission.leave(address);
        this.noteBrokenProtocol(connection, reason);
      });
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

  /** What `ws` and Engine.IO could not read has ended the connection without a word. */
  private noteBrokenProtocol(connection: RealtimeSocket['conn'], closedFor: string): void {
    const { socket: webSocket } = connection.transport as unknown as { socket?: object };
    const frameError = webSocket ? frameErrorOf(webSocket) : undefined;
    if (frameError === undefined && closedFor !== 'parse error') return;
    this.refusals.note({
      code: codeOfFrameError[frameError ?? ''] ?? 'VALIDATION_FAILED',
      reason: frameError ?? 'a packet that is none of Engine.IO',
      ...this.guard.clientOf(connection),
    });
  }

  /** One function for all connections: a closure each would be memory. */
  private readonly noteBrokenPacket: BrokenPacketNote = (connection) => {
    this.refusals.note({
      code: 'VALIDATION_FAILED',
      reason:
        'a packet that is not of Socket.IO, or that is for a namespace the client has not entered',
      ...this.guard.clientOf(connection),
    });
  };

  private options(): Partial<ServerOptions> {
    const sockets = this.settings;
    return {
      wsEngine: boundedWebSocketServer(sockets),
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
