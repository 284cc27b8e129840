import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { type RealtimeSocket } from '../realtime-socket.js';

/**
 * Answers the request that a method handles: with data, or with an error, which is answered like one
 * that is thrown. The first call counts, and so does the first of a call, a throw and a result.
 */
export type AckFunction<Data = unknown> = (answer?: Data | Error) => void;

/** What a parameter of a method is filled with. */
type ParameterSource = (
  socket: RealtimeSocket,
  ack: AckFunction | undefined,
  property: unknown,
) => unknown;

type ParameterFactory = (property: unknown, context: ExecutionContext) => unknown;

const sources = new WeakMap<ParameterFactory, ParameterSource>();

const ackFactory = factoryOf((_socket, ack) => ack);

/**
 * The function that answers, for methods that finish in a callback: until it is called, or the
 * method returns a value, the request is being handled, at the longest until its deadline. It is
 * there also where the client asked for no answer; then it only ends the request.
 */
export const Ack = createParamDecorator(ackFactory);

/**
 * Who sends the request: the principal of the socket, also a guest, or one property of it, e.g.
 * `@CurrentUser('userId') userId: string`.
 */
export const CurrentUser = createParamDecorator(
  factoryOf(({ data: { principal } }, _ack, property) =>
    typeof property === 'string' ? principal[property as keyof typeof principal] : principal,
  ),
);

/** Undefined for the factory of a decorator that is not of this file: Nest has to run it. */
export function parameterSourceOf(factory: unknown): ParameterSource | undefined {
  return typeof factory === 'function' ? sources.get(factory as ParameterFactory) : undefined;
}

export function wantsAck(factory: unknown): boolean {
  return factory === ackFactory;
}

function factoryOf(source: ParameterSource): ParameterFactory {
  const factory: ParameterFactory = (property, context) => {
    const [socket, , ack] = context.getArgs<[RealtimeSocket, unknown, AckFunction | undefined]>();
    return source(socket, ack, property);
  };
  sources.set(factory, source);
  return factory;
}
