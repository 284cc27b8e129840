import { type Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { isNestedTooDeeply, MAX_NESTING, RequestError } from '#libs/contracts';

/**
 * A DTO may read old spellings before it is validated, or do all of its reading itself, field by
 * field and never deeper than it knows.
 */
interface MessageDto {
  normalize?: (raw: Record<string, unknown>) => Record<string, unknown>;
  parse?: (raw: unknown) => unknown;
  /** What a bare text means instead of an object. */
  fromText?: (text: string) => Record<string, unknown>;
}

export type MessageValidator = (payload: unknown) => unknown;

/** Made once a route. Fields that the DTO lacks are dropped, as old clients send them. */
export function validatorFor(dto: Type | undefined): MessageValidator {
  if (
    !dto ||
    dto === Object ||
    dto === String ||
    dto === Number ||
    dto === Boolean ||
    dto === Array
  ) {
    return shallow;
  }
  const { fromText, normalize, parse } = dto as Type & MessageDto;
  if (parse) return (payload) => parse.call(dto, payload);
  return (payload) => {
    const read = fromText && typeof payload === 'string' ? fromText(payload) : payload;
    const raw = shallow(read ?? {});
    if (typeof raw !== 'object' || Array.isArray(raw) || ArrayBuffer.isView(raw))
      throw refused(['the payload must be an object']);
    const fields = normalize ? normalize.call(dto, raw as Record<string, unknown>) : raw;
    const instance = plainToInstance(dto, fields) as object;
    const errors = validateSync(instance, {
      whitelist: true,
      forbidUnknownValues: true,
      validationError: { target: false, value: false },
    });
    if (errors.length > 0) throw refused(errors.flatMap((error) => describe(error)));
    return instance;
  };
}

/** Thousands of arrays within arrays fit into one payload and exhaust the stack of a library. */
function shallow(payload: unknown): unknown {
  if (isNestedTooDeeply(payload))
    throw refused([`the payload must not be nested deeper than ${MAX_NESTING} levels`]);
  return payload;
}

function describe(error: ValidationError): string[] {
  return [
    ...Object.values(error.constraints ?? {}),
    ...(error.children ?? []).flatMap((child) => describe(child)),
  ];
}

function refused(details: string[]): RequestError {
  return new RequestError('VALIDATION_FAILED', { details });
}
