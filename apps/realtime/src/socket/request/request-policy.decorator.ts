import { SetMetadata } from '@nestjs/common';

export const REQUEST_COST = 'ridewire:request_cost';
export const ANSWER_ENCODER = 'ridewire:answer_encoder';
export const VOLATILE = 'ridewire:volatile';
export const OLD_ANSWERS = 'ridewire:old_answers';
export const EVERY_NAMESPACE = 'ridewire:every_namespace';

export interface RequestPrice {
  cost: number;
  /** For a payload that is an array: this many items cost one more. */
  itemsPerCost?: number;
}

/** What one request takes from the client's budget (WS_RATE_PER_SECOND). Default 1. */
export const RequestCost = (cost: number, itemsPerCost?: number): MethodDecorator => {
  const price: RequestPrice = { cost, ...(itemsPerCost === undefined ? {} : { itemsPerCost }) };
  return SetMetadata(REQUEST_COST, price);
};

/** Writes the data of an answer as JSON. */
export type AnswerEncoder = (data: unknown) => string;

/**
 * For a request whose answers are many and of one shape: JSON is written by this function, instead
 * of being found out for every answer.
 */
export const EncodeAnswer = <Data>(encode: (data: Data) => string) =>
  SetMetadata(ANSWER_ENCODER, encode) as <
    Method extends (...args: never[]) => Data | Promise<Data>,
  >(
    gateway: object,
    name: string | symbol,
    method: TypedPropertyDescriptor<Method>,
  ) => void;

/** @param payload as it came, not validated yet */
export function costOf(price: RequestPrice, payload: unknown): number {
  if (price.itemsPerCost === undefined || !Array.isArray(payload)) return price.cost;
  return price.cost + Math.floor(payload.length / price.itemsPerCost);
}

/**
 * A request of which only the newest counts, e.g. a pointer or "is typing". It waits in no queue: one
 * is handled at a time, and of those that come meanwhile the newest. It is paid from a budget of its
 * own (WS_VOLATILE_RATE_PER_SECOND), and dropped without a word beyond it when no ack was asked for.
 */
export const Volatile = (): MethodDecorator => SetMetadata(VOLATILE, true);

/** How clients of an older system are answered, beside what others are told. */
export interface OldAnswers {
  /** What `error` calls a refusal; absent for the code of the refusal. */
  failure?: { code: string; message: string };
}

/**
 * For requests of older clients: the ack has `success` beside `ok`, and the fields of `data` beside
 * `data`. A refusal is told by `error` as well, since many of them read no ack.
 */
export const AnswersOldClients = (answers: OldAnswers = {}): MethodDecorator =>
  SetMetadata(OLD_ANSWERS, answers);

/** The requests of this provider are served on every namespace. */
export const EveryNamespace = (): ClassDecorator => SetMetadata(EVERY_NAMESPACE, true);
