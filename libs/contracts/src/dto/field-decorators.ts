import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, Matches, ValidateBy, type ValidationOptions } from 'class-validator';
import { parseDecimal } from '../decimal.js';
import { isLatitude, isLongitude, wrapLongitude } from '../point.js';
import { ID_PATTERN, readMadeId } from '../principal.js';
import {
  bytesOf,
  cleanText,
  countCharacters,
  isWithinCharacters,
  MAX_BYTES_PER_CHARACTER,
} from '../text.js';

interface Lengths {
  /** Characters that people count; 0 by default. */
  min?: number;
  max: number;
  /** Line breaks become blanks. */
  line?: boolean;
}

/** A text that people wrote for people: cleaned, then measured in the characters that they count. */
export function PlainText(lengths: Lengths): PropertyDecorator {
  const clean = Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && value.length <= lengths.max * MAX_BYTES_PER_CHARACTER
      ? cleaned(value, lengths)
      : value,
  );
  return (target, property) => {
    clean(target, property);
    Characters(lengths)(target, property);
  };
}

function cleaned(text: string, { line }: Lengths): string {
  const clean = cleanText(text);
  return line ? clean.replaceAll(/\s+/g, ' ') : clean;
}

/** A text, as it is, of so many characters that people count. */
export function Characters(lengths: Lengths): PropertyDecorator {
  return ValidateBy({
    name: 'characters',
    validator: {
      validate: (value: unknown) => faultOf(value, lengths) === undefined,
      defaultMessage: (about) => `${about?.property} must be ${faultOf(about?.value, lengths)}`,
    },
  });
}

function faultOf(value: unknown, { min = 0, max }: Lengths): string | undefined {
  if (typeof value !== 'string') return 'a string';
  const maxBytes = max * MAX_BYTES_PER_CHARACTER;
  if (bytesOf(value) > maxBytes) return `at most ${maxBytes} bytes`;
  if (!isWithinCharacters(value, max)) return `shorter than or equal to ${max} characters`;
  if (countCharacters(value, min) < min) return `longer than or equal to ${min} characters`;
  return undefined;
}

/** One of a closed set; other case, blanks around it and `-` for `_` are read as what they mean. */
export function OneOf(values: readonly string[]): PropertyDecorator {
  const read = Transform(({ value }: { value: unknown }) => readOneOf(value, values));
  return (target, property) => {
    read(target, property);
    IsIn([...values])(target, property);
  };
}

/** The value of the set that is meant, else what was sent. */
export function readOneOf(sent: unknown, values: readonly string[]): unknown {
  if (typeof sent !== 'string') return sent;
  const meant = plain(sent);
  return values.find((value) => plain(value) === meant) ?? sent;
}

function plain(text: string): string {
  return text.trim().toLowerCase().replaceAll(/[ -]/g, '_');
}

/** True or false; also as text, and as 1 or 0. */
export function Flag(): PropertyDecorator {
  const read = Transform(({ value }: { value: unknown }) => readFlag(value));
  return (target, property) => {
    read(target, property);
    IsBoolean()(target, property);
  };
}

/** The flag that is meant, else what was sent. */
export function readFlag(sent: unknown): unknown {
  const plainText = typeof sent === 'string' ? sent.trim().toLowerCase() : sent;
  if (plainText === 'true' || plainText === '1' || plainText === 1) return true;
  return plainText === 'false' || plainText === '0' || plainText === 0 ? false : sent;
}

/** An id that the server made, in its one spelling. */
export function MadeId(message: string): PropertyDecorator {
  return all(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' ? readMadeId(value) : value,
    ),
    Matches(ID_PATTERN, { message }),
  );
}

/** A number that may be text; the validators beside it see the number. */
export function DecimalText(): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) => parseDecimal(value) ?? value);
}

/** A number of degrees from -90 to 90. */
export function Latitude(options?: ValidationOptions): PropertyDecorator {
  return all(
    Transform(({ value }: { value: unknown }) => (isLatitude(value) ? value + 0 : value)),
    ValidateBy(
      {
        name: 'latitude',
        validator: {
          validate: isLatitude,
          defaultMessage: () => '$property must be a number of degrees from -90 to 90',
        },
      },
      options,
    ),
  );
}

/** A number of degrees; the field then holds it from -180 and below 180. */
export function Longitude(options?: ValidationOptions): PropertyDecorator {
  return all(
    Transform(({ value }: { value: unknown }) =>
      isLongitude(value) ? wrapLongitude(value) : value,
    ),
    ValidateBy(
      {
        name: 'longitude',
        validator: {
          validate: isLongitude,
          defaultMessage: () => '$property must be a number of degrees from -180 to 180',
        },
      },
      options,
    ),
  );
}

function all(...decorators: readonly PropertyDecorator[]): PropertyDecorator {
  return (target, property) => {
    for (const decorate of decorators) decorate(target, property);
  };
}
