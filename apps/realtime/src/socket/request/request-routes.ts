import { Injectable, type Type } from '@nestjs/common';
import { ExternalContextCreator, MetadataScanner, ModulesContainer } from '@nestjs/core';
import { isObservable, lastValueFrom } from 'rxjs';
import { servedAs } from '#libs/contracts';
import { WELCOME_OF, type NamespaceWelcome } from '../connection/namespace-welcome.js';
import {
  GATEWAY_METADATA,
  GATEWAY_OPTIONS,
  GUARDS_METADATA,
  INTERCEPTORS_METADATA,
  MESSAGE_METADATA,
  PARAM_ARGS_METADATA,
  PARAMTYPES_METADATA,
  PIPES_METADATA,
  WsParamsFactory,
  WsParamtype,
} from '../engine/gateway-metadata.js';
import { type RealtimeSocket } from '../realtime-socket.js';
import { parameterSourceOf, wantsAck, type AckFunction } from './request-parameters.decorator.js';
import { validatorFor, type MessageValidator } from './message-validation.js';
import { RequestMeasures, type RouteMeasures } from './request-measures.js';
import {
  ANSWER_ENCODER,
  EVERY_NAMESPACE,
  OLD_ANSWERS,
  REQUEST_COST,
  VOLATILE,
  type AnswerEncoder,
  type OldAnswers,
  type RequestPrice,
} from './request-policy.decorator.js';

/** How a request is handled: what it costs, how it is read, which gateway method gets it. */
export interface RequestRoute {
  price: RequestPrice;
  /** The DTO of its payload; absent where it has none. */
  payload: Type | undefined;
  validate: MessageValidator;
  /** Latest wins, no queue, own budget; else the requests of a socket are handled in order. */
  isVolatile: boolean;
  /** Absent where JSON.stringify does it. */
  encode: AnswerEncoder | undefined;
  /** Absent for requests that only present clients know. */
  oldAnswers: OldAnswers | undefined;
  handle: (socket: RealtimeSocket, payload: unknown) => unknown;
  measures: RouteMeasures;
}

/** A gateway, as far as connections concern it. Both hooks are awaited; a throw refuses the client. */
export interface NamespaceGateway {
  handleConnection?: (socket: RealtimeSocket) => void | Promise<void>;
  handleDisconnect?: (socket: RealtimeSocket) => void | Promise<void>;
}

interface ParamMetadata {
  index: number;
  data?: unknown;
  pipes?: unknown[];
  /** Of a parameter that a decorator of its own fills. */
  factory?: unknown;
}

/** NaN for the type of a parameter that a decorator of its own fills. */
type Param = ParamMetadata & { type: number };
type Handler = (socket: RealtimeSocket, payload: unknown, ack?: AckFunction) => unknown;

type Method = (...args: unknown[]) => unknown;
type ParamsFactory = Parameters<ExternalContextCreator['create']>[4] & {};

/** Finds gateways and their `@SubscribeMessage` methods once, instead of binding them to every socket. */
@Injectable()
export class RequestRoutes {
  private readonly routes = new Map<string, Map<string, RequestRoute>>();
  private readonly gatewaysOf = new Map<string, NamespaceGateway[]>();
  private readonly welcomes = new Map<string, NamespaceWelcome>();
  private readonly scanner = new MetadataScanner();

  constructor(
    private readonly modules: ModulesContainer,
    private readonly contexts: ExternalContextCreator,
    private readonly measures: RequestMeasures,
  ) {}

  /**
   * To be called once all providers exist. What it finds does not depend on the order of modules.
   * @throws Error for an event that two methods serve, a namespace with no welcome or two
   */
  discover(namespaces: readonly string[]): void {
    for (const namespace of namespaces) {
      this.routes.set(namespace, new Map());
      this.gatewaysOf.set(namespace, []);
    }
    for (const { providers } of this.modules.values()) {
      for (const { instance, metatype } of providers.values()) {
        if (!instance || typeof metatype !== 'function') continue;
        this.addWelcome(metatype as Type, instance as NamespaceWelcome);
        for (const namespace of this.namespacesOf(metatype as Type, namespaces)) {
          this.addGateway(namespace, instance as NamespaceGateway);
        }
      }
    }
    for (const namespace of namespaces) {
      if (!this.welcomes.has(servedAs(namespace)))
        throw new Error(`Nobody welcomes clients of ${namespace}.`);
      this.gatewaysOf.get(namespace)!.sort(byName);
    }
  }

  find(namespace: string, event: string): RequestRoute | undefined {
    return this.routes.get(namespace)?.get(event);
  }

  welcomeOf(namespace: string): NamespaceWelcome {
    return this.welcomes.get(servedAs(namespace))!;
  }

  gateways(namespace: string): readonly NamespaceGateway[] {
    return this.gatewaysOf.get(namespace) ?? [];
  }

  /** Every request there is, for the tests that compare it with PROTOCOL.md and send it odd payloads. */
  list(): { namespace: string; event: string; payload: Type | undefined }[] {
    return [...this.routes].flatMap(([namespace, routes]) =>
      [...routes].map(([event, { payload }]) => ({ namespace, event, payload })),
    );
  }

  private namespacesOf(metatype: Type, namespaces: readonly string[]): readonly string[] {
    if (Reflect.getMetadata(EVERY_NAMESPACE, metatype)) return namespaces;
    if (!Reflect.hasMetadata(GATEWAY_METADATA, metatype)) return [];
    const { namespace } = Reflect.getMetadata(GATEWAY_OPTIONS, metatype) as { namespace?: string };
    if (namespace === undefined || !namespaces.includes(namespace)) {
      // Any other namespace would be open to everybody: only these are authenticated (AUTH1).
      throw new Error(`${metatype.name} must name one of the namespaces ${namespaces.join(', ')}.`);
    }
    return namespaces.filter((each) => servedAs(each) === namespace);
  }

  private addWelcome(metatype: Type, instance: NamespaceWelcome): void {
    const namespace = Reflect.getMetadata(WELCOME_OF, metatype) as string | undefined;
    if (namespace === undefined) return;
    const other = this.welcomes.get(namespace);
    if (other && other !== instance)
      throw new Error(`Both ${other.constructor.name} and ${metatype.name} welcome ${namespace}.`);
    this.welcomes.set(namespace, instance);
  }

  private addGateway(namespace: string, gateway: NamespaceGateway): void {
    const gateways = this.gatewaysOf.get(namespace)!;
    if (gateways.includes(gateway)) return;
    gateways.push(gateway);
    const routes = this.routes.get(namespace)!;
    for (const name of this.scanner.getAllMethodNames(Object.getPrototypeOf(gateway) as object)) {
      const method = (gateway as Record<string, unknown>)[name] as Method;
      const event = Reflect.getMetadata(MESSAGE_METADATA, method) as string | undefined;
      if (event === undefined) continue;
      if (routes.has(event)) throw new Error(`Two methods serve ${event} on ${namespace}.`);
      const measures = this.measures.of(namespace, event);
      routes.set(event, { ...this.routeOf(gateway, name, method), measures });
    }
  }

  private routeOf(
    gateway: NamespaceGateway,
    name: string,
    method: Method,
  ): Omit<RequestRoute, 'measures'> {
    const params = this.paramsOf(gateway, name);
    const types = (Reflect.getMetadata(PARAMTYPES_METADATA, gateway, name) ?? []) as Type[];
    const body = params.find(({ type }) => type === WsParamtype.PAYLOAD);
    const payload = body && body.data === undefined ? types[body.index] : undefined;
    return {
      price: (Reflect.getMetadata(REQUEST_COST, method) as RequestPrice | undefined) ?? { cost: 1 },
      payload,
      validate: validatorFor(payload),
      isVolatile: Reflect.getMetadata(VOLATILE, method) === true,
      encode: Reflect.getMetadata(ANSWER_ENCODER, method) as AnswerEncoder | undefined,
      oldAnswers: Reflect.getMetadata(OLD_ANSWERS, method) as OldAnswers | undefined,
      handle: answeredByHand(
        params,
        this.isPlain(gateway, method, params)
          ? plainHandler(gateway, method, params)
          : (this.contexts.create(
              gateway as Record<string, Method>,
              method,
              name,
              PARAM_ARGS_METADATA,
              new WsParamsFactory() as ParamsFactory,
              undefined,
              undefined,
              { guards: true, interceptors: true, filters: false },
              'ws',
            ) as Handler),
      ),
    };
  }

  private paramsOf(gateway: NamespaceGateway, name: string): Param[] {
    const metadata = (Reflect.getMetadata(PARAM_ARGS_METADATA, gateway.constructor, name) ??
      {}) as Record<string, ParamMetadata>;
    return Object.entries(metadata).map(([key, param]) => ({
      ...param,
      type: Number(key.split(':')[0]),
    }));
  }

  /** Nest's guards, interceptors, pipes and own decorators cost promises a message: only who uses them pays. */
  private isPlain(gateway: NamespaceGateway, method: Method, params: Param[]): boolean {
    const decorated = [GUARDS_METADATA, INTERCEPTORS_METADATA, PIPES_METADATA].some(
      (key) => Reflect.hasMetadata(key, method) || Reflect.hasMetadata(key, gateway.constructor),
    );
    const simple = params.every(
      ({ type, data, pipes, factory }) =>
        !pipes?.length &&
        (parameterSourceOf(factory) !== undefined ||
          ((type === WsParamtype.SOCKET || type === WsParamtype.PAYLOAD) && data === undefined)),
    );
    return !decorated && simple;
  }
}

function byName(one: NamespaceGateway, other: NamespaceGateway): number {
  return one.constructor.name.localeCompare(other.constructor.name, 'en');
}

function plainHandler(gateway: NamespaceGateway, method: Method, params: Param[]): Handler {
  const length = Math.max(0, ...params.map(({ index }) => index + 1));
  const filled = params.map((param) => ({ ...param, source: parameterSourceOf(param.factory) }));
  return (socket, payload, ack) => {
    const args = new Array<unknown>(length);
    for (const { index, type, source, data } of filled) {
      if (source) args[index] = source(socket, ack, data);
      else args[index] = type === WsParamtype.SOCKET ? socket : payload;
    }
    const result = method.apply(gateway, args);
    return isObservable(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
  };
}

/** A method that has `@Ack()` may answer by it: of call, throw and result the first one counts. */
function answeredByHand(params: readonly Param[], handle: Handler): RequestRoute['handle'] {
  if (!params.some(({ factory }) => wantsAck(factory))) return handle;
  return (socket, payload) =>
    new Promise((resolve, reject) => {
      const ack: AckFunction = (answer) =>
        answer instanceof Error ? reject(answer) : resolve(answer);
      // Nothing returned is no answer: the method is about to call `ack`.
      const settle = (result: unknown) => {
        if (result !== undefined) resolve(result);
      };
      void Promise.resolve(handle(socket, payload, ack)).then(settle, reject);
    });
}
