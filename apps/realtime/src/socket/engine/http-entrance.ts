import { type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import { httpConfig, socketsConfig, type ConfigType } from '#libs/config';
import { InstanceDirectory } from '#libs/instances';
import { OriginPolicy } from '../../http/origin-policy.js';
import { Pipelining } from '../../http/pipelining.js';
import { Admission } from '../connection/admission.js';
import {
  admissionRefusal,
  answerRefusal,
  HandshakeRefusals,
  refuseUpgrade,
  transportRefusal,
  type HandshakeRefusal,
} from '../connection/handshake-refusal.js';
import { RefusalLog } from '../connection/refusal-log.js';
import { forwardedAddress, isForwarded } from '../forwarding/forwarded-request.js';
import { RequestForwarder } from '../forwarding/request-forwarder.js';
import { UpgradeRelay } from '../forwarding/upgrade-relay.js';
import { ignoreError } from './first-request.js';
import { PollWatch } from './poll-watch.js';
import { instanceOf, type SessionEngine } from './session-engine.js';

type Query = Record<string, string | undefined>;

/** Where a request goes: to Engine.IO here, to another instance, or back. */
type Way = { refusal: HandshakeRefusal } | { sessionId: string; owner: string } | 'here';

const PREFLIGHT_MAX_AGE_S = 600;
const PROTOCOL = '4';

/**
 * Stands before Engine.IO: refuses what cannot become a connection and says why, hands on what is
 * for a session of this instance, and sends the rest to the instance that its session lives on.
 */
@Injectable()
export class HttpEntrance {
  private readonly origins: OriginPolicy;
  private readonly path: string;
  private readonly polls: PollWatch;
  private readonly pipelining = new Pipelining();
  private engine: SessionEngine | undefined;

  constructor(
    @Inject(socketsConfig.KEY) private readonly settings: ConfigType<typeof socketsConfig>,
    @Inject(httpConfig.KEY) httpSettings: ConfigType<typeof httpConfig>,
    private readonly admission: Admission,
    private readonly directory: InstanceDirectory,
    private readonly forwarder: RequestForwarder,
    private readonly upgradeRelay: UpgradeRelay,
    private readonly refusals: RefusalLog,
  ) {
    this.polls = new PollWatch(settings.maxPayloadBytes);
    this.path = settings.path.replace(/\/$/, '');
    this.origins = new OriginPolicy(settings.origins, httpSettings.trustProxyHops);
  }

  /** Takes the requests to the path of Engine.IO; all others go on to the handlers of before. */
  open(httpServer: HttpServer, engine: SessionEngine): void {
    this.engine = engine;
    engine.on('connection_error', ({ req, context }: EngineRefusal) =>
      this.note(context?.name ?? 'BAD_REQUEST', this.addressOf(req)),
    );
    const others = httpServer.listeners('request');
    httpServer.removeAllListeners('request');
    httpServer.on('request', (request: IncomingMessage, response: ServerResponse) => {
      // What stood in the same packet comes all the same.
      if (request.socket.destroyed) return;
      if (this.pipelining.isTooFar(request, response)) {
        this.note('PIPELINED_TOO_FAR', this.addressOf(request));
        request.socket.destroy();
      } else if (this.isOurs(request)) void this.answer(request, response);
      else for (const other of others) Reflect.apply(other, httpServer, [request, response]);
    });
    httpServer.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      // Engine.IO listens some microtasks later: an error without a listener ends the process.
      socket.on('error', ignoreError);
      void this.upgrade(request, socket, head);
    });
    // A server may ignore any other upgrade, e.g. to HTTP/2, and answer the request as it is.
    Object.assign(httpServer, {
      shouldUpgradeCallback: (request: IncomingMessage) =>
        request.headers.upgrade?.toLowerCase() === 'websocket' && this.isOurs(request),
    });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const query = readQuery(request);
    const refusal = this.refusalOfOrigin(request);
    if (refusal) return this.refuse(request, response, refusal);
    allowOrigin(request, response);
    if (request.method === 'OPTIONS') return answerPreflight(request, response);
    const way = this.wayOf(request, query, false);
    if (way === 'here') return this.serve(request, response, query);
    const failure =
      'refusal' in way
        ? way.refusal
        : await this.passOn(way.owner, (owner) =>
            this.forwarder.forward(request, response, owner, this.addressOf(request)),
          );
    if (failure) this.refuse(request, response, failure);
  }

  private async upgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const query = readQuery(request);
    const refusal = this.refusalOfOrigin(request);
    const way: Way = refusal ? { refusal } : this.wayOf(request, query, true);
    if (way === 'here') {
      this.engine!.handleUpgrade(request, socket, head);
      return;
    }
    const failure =
      'refusal' in way
        ? way.refusal
        : await this.passOn(way.owner, (owner) =>
            this.upgradeRelay.relay(request, socket, head, owner, this.addressOf(request)),
          );
    if (!failure) return;
    this.note(failure.reason, this.addressOf(request));
    refuseUpgrade(socket, failure);
  }

  private serve(request: IncomingMessage, response: ServerResponse, { sid }: Query): void {
    const session = sid ? this.engine!.session(sid) : undefined;
    const refusal = session && this.polls.refusalOf(session, request, response);
    if (refusal) {
      session.close(true);
      this.refuse(request, response, refusal);
      return;
    }
    this.engine!.handleRequest(request, response);
  }

  private async passOn(
    owner: string,
    send: (
      contact: NonNullable<Awaited<ReturnType<InstanceDirectory['find']>>>,
    ) => Promise<HandshakeRefusal | undefined>,
  ): Promise<HandshakeRefusal | undefined> {
    const contact = await this.directory.find(owner);
    return contact ? send(contact) : HandshakeRefusals.sessionUnknown;
  }

  /** Cheapest first: a client that connects by WebSocket alone passes a few comparisons. */
  private wayOf(request: IncomingMessage, query: Query, isUpgrade: boolean): Way {
    const refusal = this.refusalOfProtocol(query, isUpgrade);
    if (refusal) return { refusal };
    const { method } = request;
    const { sid } = query;
    if (!sid) {
      if (method !== 'GET') return { refusal: HandshakeRefusals.handshakeMethod };
      const code = this.admission.refusalOf(request);
      return code === undefined ? 'here' : { refusal: admissionRefusal(code) };
    }
    if (method !== 'GET' && (method !== 'POST' || isUpgrade))
      return { refusal: HandshakeRefusals.sessionMethod };
    return this.wayOfSession(request, sid, query, isUpgrade);
  }

  private refusalOfProtocol(query: Query, isUpgrade: boolean): HandshakeRefusal | undefined {
    const { transports } = this.settings;
    const { transport } = query;
    if (query['EIO'] !== PROTOCOL) return HandshakeRefusals.protocol;
    if (!transports.some((name) => name === transport)) return transportRefusal(transports);
    if (transport === 'websocket' && !isUpgrade) return HandshakeRefusals.upgradeMissing;
    if (transport === 'polling' && isUpgrade) return HandshakeRefusals.upgradeOfPolling;
    return query['j'] === undefined ? undefined : HandshakeRefusals.jsonp;
  }

  private wayOfSession(
    request: IncomingMessage,
    sid: string,
    { transport }: Query,
    isUpgrade: boolean,
  ): Way {
    const owner = instanceOf(sid);
    const hasBeenForwarded = isForwarded(request);
    if (owner !== this.directory.id) {
      // Forwarded once, never again: the address that it was sent to had another owner before.
      if (owner === undefined || hasBeenForwarded)
        return { refusal: HandshakeRefusals.sessionUnknown };
      return { sessionId: sid, owner };
    }
    if (hasBeenForwarded && forwardedAddress(request, this.directory.key) === undefined)
      return { refusal: HandshakeRefusals.forgedForwarding };
    const session = this.engine!.session(sid);
    if (!session) return { refusal: HandshakeRefusals.sessionUnknown };
    if (!isUpgrade && session.transport.name !== transport)
      return { refusal: HandshakeRefusals.transportMismatch };
    return 'here';
  }

  private refusalOfOrigin(request: IncomingMessage): HandshakeRefusal | undefined {
    return this.origins.allows(request) ? undefined : admissionRefusal('ORIGIN_FORBIDDEN');
  }

  private refuse(
    request: IncomingMessage,
    response: ServerResponse,
    refusal: HandshakeRefusal,
  ): void {
    this.note(refusal.reason, this.addressOf(request));
    answerRefusal(response, refusal);
  }

  private note(code: string, address: string): void {
    this.refusals.note({ code, address });
  }

  /** The client's own, also of a request that another instance has forwarded. */
  private addressOf(request: IncomingMessage): string {
    const forwarded = isForwarded(request)
      ? forwardedAddress(request, this.directory.key)
      : undefined;
    return forwarded ?? this.admission.addressOf(request);
  }

  /** With the slash at the end or without. */
  private isOurs({ url = '' }: IncomingMessage): boolean {
    if (!url.startsWith(this.path)) return false;
    const rest = url.slice(this.path.length, this.path.length + 2);
    return rest === '' || rest === '/' || rest.startsWith('?') || rest === '/?';
  }
}

interface EngineRefusal {
  req: IncomingMessage;
  context?: { name?: string };
}

/** Keeps the parsed query where Engine.IO looks for it, so that the URL is parsed once. */
function readQuery(request: IncomingMessage): Query {
  const { url = '' } = request;
  const at = url.indexOf('?');
  const query: Query = Object.fromEntries(new URLSearchParams(at < 0 ? '' : url.slice(at)));
  Object.assign(request, { _query: query });
  return query;
}

/** Browsers show a page of another origin only what is allowed to it here. */
function allowOrigin({ headers }: IncomingMessage, response: ServerResponse): void {
  response.setHeader('Vary', 'Origin');
  if (headers.origin === undefined) return;
  response.setHeader('Access-Control-Allow-Origin', headers.origin);
  response.setHeader('Access-Control-Allow-Credentials', 'true');
}

function answerPreflight({ headers }: IncomingMessage, response: ServerResponse): void {
  const wanted = headers['access-control-request-headers'];
  response.writeHead(204, {
    'Access-Control-Allow-Methods': 'GET, POST',
    'Access-Control-Max-Age': PREFLIGHT_MAX_AGE_S,
    ...(wanted !== undefined && { 'Access-Control-Allow-Headers': wanted }),
  });
  response.end();
}
