import { type Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { RequestError } from '#libs/contracts';

/** A DTO may read old spellings before it is validated, or do all of its reading itself. */
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
    return (payload) => payload;
  }
  const { fromText, normalize, parse } = dto as Type & MessageDto;
  if (parse) return (payload) => parse.call(dto, payload);
  return (payload) => {
    const raw = fromText && typeof payload === 'string' ? fromText(payload) : (payload ?? {});
    if (typeof raw !== 'object' || Array.isArray(raw))
      throw refused(['the payload must be an object']);
    const fields = normalize ? normalize.call(dto, raw as Record<string, unknown>) : raw;
    const instance = toInstance(dto, fields);
    const errors = validateSync(instance, {
      whitelist: true,
      forbidUnknownValues: true,
      validationError: { target: false, value: false },
    });
    if (errors.length > 0) throw refused(errors.flatMap((error) => describe(error)));
    return instance;
  };
}

/** Thousands of arrays within arrays fit into one payload and exhaust the stack of the library. */
function toInstance(dto: Type, fields: object): object {
  try {
    return plainToInstance(dto, fields) as object;
  } catch (error) {
    if (error instanceof RangeError) throw refused(['the payload is nested too deeply']);
    throw error;
  }
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
