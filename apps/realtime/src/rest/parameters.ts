import { applyDecorators, type Type, Injectable, type PipeTransform } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsOptional, ValidateBy } from 'class-validator';
import {
  isLatitude,
  isLongitude,
  parseInstant,
  wrapLongitude,
  ID_PATTERN,
  readMadeId,
  RequestError,
} from '#libs/contracts';

/** As a program prints a number: `1e3`, `0x29`, `+5`, blanks and a comma are no number. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;
const FLAGS: Readonly<Record<string, boolean>> = {
  true: true,
  '1': true,
  false: false,
  '0': false,
};

interface QueryParameter {
  /** For the OpenAPI description. */
  description: string;
  /** What holds when it is absent. Without one, or `isRequired`, it may be absent and has no value. */
  default?: number | boolean;
  isRequired?: boolean;
}

interface QueryNumber extends QueryParameter {
  least?: number;
  most?: number;
}

/** A whole number. */
export function QueryInteger({ least, most, ...parameter }: QueryNumber): PropertyDecorator {
  const range = rangeOf(least, most);
  return queryParameter(parameter, {
    schema: { type: 'integer', minimum: least, maximum: most },
    read: (text) => {
      const value = readNumber(text);
      return Number.isSafeInteger(value) && isWithin(value!, least, most) ? value : undefined;
    },
    mustBe: `a whole number${range}`,
  });
}

/** Degrees from -90 to 90. */
export function QueryLatitude(parameter: QueryParameter): PropertyDecorator {
  return queryParameter(parameter, {
    schema: { type: 'number', minimum: -90, maximum: 90 },
    read: (text) => {
      const value = readNumber(text);
      return isLatitude(value) ? value + 0 : undefined;
    },
    mustBe: 'a number of degrees from -90 to 90',
  });
}

/** Degrees; the field then holds them from -180 and below 180. */
export function QueryLongitude(parameter: QueryParameter): PropertyDecorator {
  return queryParameter(parameter, {
    schema: { type: 'number', minimum: -180, maximum: 180 },
    read: (text) => {
      const value = readNumber(text);
      return isLongitude(value) ? wrapLongitude(value) : undefined;
    },
    mustBe: 'a number of degrees from -180 to 180',
  });
}

/** `true`, `false`, `1` or `0`. */
export function QueryBoolean(parameter: QueryParameter): PropertyDecorator {
  return queryParameter(parameter, {
    schema: { type: 'boolean' },
    read: (text) => (Object.hasOwn(FLAGS, text) ? FLAGS[text] : undefined),
    mustBe: 'true, false, 1 or 0',
  });
}

/** The id of the last item of the answer before: the list goes on behind it. */
export function QueryAfter(parameter: QueryParameter): PropertyDecorator {
  return queryParameter(parameter, {
    schema: { type: 'string', pattern: ID_PATTERN.source },
    read: (text) => (ID_PATTERN.test(text) ? text : undefined),
    mustBe: 'an id of the answer before',
  });
}

/** ISO 8601 or an epoch time; the field then holds epoch milliseconds. */
export function QueryInstant(parameter: QueryParameter): PropertyDecorator {
  return queryParameter(parameter, {
    schema: { type: 'string', format: 'date-time' },
    read: (text) => (text.trim() === text ? parseInstant(text) : undefined),
    mustBe: 'a time in ISO 8601, like 2026-11-28T02:00:00Z, or epoch milliseconds',
  });
}

interface Reading<Value> {
  schema: ApiPropertyOptions;
  /** Undefined for a text that is no such value. */
  read: (text: string) => Value | undefined;
  mustBe: string;
}

/** Stands for what could not be read until validation refuses it. */
const UNREADABLE = Symbol('unreadable');

/** The prototypes of DTOs that have such parameters, for routes that read none. */
const queryDtos = new Set<unknown>();

/** Whether any of the parameters of a handler is read from the query. */
export function readsQuery(parameterTypes: readonly Type[]): boolean {
  return parameterTypes.some(({ prototype }) => {
    for (let at: unknown = prototype; at; at = Object.getPrototypeOf(at)) {
      if (queryDtos.has(at)) return true;
    }
    return false;
  });
}

/** A parameter is one text: sent twice, or as a list, it is refused like a text that says nothing. */
function queryParameter<Value>(
  { description, default: preset, isRequired = false }: QueryParameter,
  { schema, read, mustBe }: Reading<Value>,
): PropertyDecorator {
  const described = {
    ...schema,
    description,
    ...(preset === undefined ? {} : { default: preset }),
  };
  return applyDecorators(
    ((target: object) => queryDtos.add(target)) as PropertyDecorator,
    ...(isRequired
      ? [ApiProperty(described as ApiPropertyOptions)]
      : [ApiPropertyOptional(described as ApiPropertyOptions), IsOptional()]),
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' ? (read(value) ?? UNREADABLE) : UNREADABLE,
    ),
    ValidateBy({
      name: 'queryParameter',
      validator: {
        validate: (value) => value !== undefined && value !== UNREADABLE,
        defaultMessage: () => `$property must be ${mustBe}, given once`,
      },
    }),
  );
}

function readNumber(text: string): number | undefined {
  return text.length <= 32 && NUMBER.test(text) ? Number(text) + 0 : undefined;
}

function isWithin(value: number, least = -Infinity, most = Infinity): boolean {
  return value >= least && value <= most;
}

function rangeOf(least?: number, most?: number): string {
  if (least !== undefined && most !== undefined) return ` from ${least} to ${most}`;
  if (least !== undefined) return ` of ${least} or more`;
  return most === undefined ? '' : ` of ${most} or less`;
}

/** Lets nothing into a Redis key that is no id. */
@Injectable()
export class IdPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    if (ID_PATTERN.test(value)) return value;
    throw new RequestError('VALIDATION_FAILED', {
      message: 'An id has 1 to 64 letters, digits, _ or -.',
    });
  }
}

/** Of a trip or an offer, in its one spelling. */
@Injectable()
export class MadeIdPipe extends IdPipe {
  override transform(value: string): string {
    return readMadeId(super.transform(value));
  }
}
