import { z } from 'zod';
import { normalizedOrigin } from './origin.js';

/** `15m`, `30s`, `7d`, `500ms` or plain milliseconds. */
const DURATION = /^(\d+)\s*(ms|s|m|h|d)?$/;
export const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** In the largest unit that needs no fraction, as an operator would write it. */
function durationText(ms: number): string {
  const units = Object.entries(UNIT_MS).toReversed();
  const [unit, unitMs] = units.find(([, each]) => ms >= each && ms % each === 0) ?? ['ms', 1];
  return `${ms / unitMs}${unit}`;
}

/** @returns milliseconds; the bounds are milliseconds, too */
export function durationMs(defaultValue: string, minimumMs = 1, maximumMs = 400 * UNIT_MS.d) {
  return z
    .string()
    .default(defaultValue)
    .transform((text, context) => {
      const match = DURATION.exec(text.trim());
      const value = match
        ? Number(match[1]) * UNIT_MS[(match[2] ?? 'ms') as keyof typeof UNIT_MS]
        : Number.NaN;
      if (!(value >= minimumMs && value <= maximumMs)) {
        context.addIssue({
          code: 'custom',
          message: `must be a duration like 500ms, 30s, 15m, 12h or 7d, from ${durationText(minimumMs)} to ${durationText(maximumMs)}`,
        });
        return z.NEVER;
      }
      return value;
    });
}

export function wholeNumber(defaultValue: number, minimum: number, maximum: number) {
  return z.string().default(String(defaultValue)).transform(toWholeNumber(minimum, maximum));
}

/** Undefined where the variable is not set. */
export function optionalWholeNumber(minimum: number, maximum: number) {
  return z.string().transform(toWholeNumber(minimum, maximum)).optional();
}

function toWholeNumber(minimum: number, maximum: number) {
  return (text: string, context: z.RefinementCtx<string>): number => {
    const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
    if (!(value >= minimum && value <= maximum)) {
      context.addIssue({
        code: 'custom',
        message: `must be a whole number from ${minimum} to ${maximum}`,
      });
      return z.NEVER;
    }
    return value;
  };
}

export function wholeNumbers(defaultValue: string, minimum: number, maximum: number) {
  return z
    .string()
    .default(defaultValue)
    .transform((text, context) => {
      const values = text
        .split(',')
        .map((part) => (/^\d+$/.test(part.trim()) ? Number(part) : NaN));
      if (!values.every((value) => value >= minimum && value <= maximum)) {
        context.addIssue({
          code: 'custom',
          message: `must be whole numbers from ${minimum} to ${maximum} with commas between`,
        });
        return z.NEVER;
      }
      return values;
    });
}

/** `name=duration,...`; what is not named has none. */
export function durationsByName<const Name extends string>(
  defaultValue: string,
  names: readonly Name[],
) {
  return z
    .string()
    .default(defaultValue)
    .transform((text, context) => {
      const durations: Partial<Record<Name, number>> = {};
      for (const part of text.split(',').filter((each) => each.trim() !== '')) {
        const [name = '', duration = ''] = part.split('=').map((each) => each.trim());
        const parsed = durationMs(duration).safeParse(duration);
        if (!names.includes(name as Name) || !parsed.success) {
          context.addIssue({
            code: 'custom',
            message: `must be like ${names[0]}=2m with commas between; names are ${names.join(', ')}`,
          });
          return z.NEVER;
        }
        durations[name as Name] = parsed.data;
      }
      return durations;
    });
}

/** From 0 to 1. */
export function fraction(defaultValue: string) {
  return z
    .string()
    .default(defaultValue)
    .transform((text, context) => {
      const value = /^\d*\.?\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
      if (!(value >= 0 && value <= 1)) {
        context.addIssue({ code: 'custom', message: 'must be a number from 0 to 1' });
        return z.NEVER;
      }
      return value;
    });
}

/** `name=value,...`, as OpenTelemetry writes it: values are percent-encoded. */
export function headerList() {
  return z
    .string()
    .transform((text, context) => {
      const headers: Record<string, string> = {};
      for (const part of text.split(',').filter((each) => each.trim() !== '')) {
        const [, name, value] = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(part) ?? [];
        if (name === undefined || value === undefined || !canDecode(value)) {
          context.addIssue({
            code: 'custom',
            message: 'must be like name=value with commas between',
          });
          return z.NEVER;
        }
        headers[name] = decodeURIComponent(value);
      }
      return headers;
    })
    .optional();
}

function canDecode(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

export function flag(defaultValue: boolean) {
  return z
    .enum(['true', 'false', '1', '0'], { error: 'must be true or false' })
    .default(defaultValue ? 'true' : 'false')
    .transform((text) => text === 'true' || text === '1');
}

export function oneOf<const Value extends string>(...values: Value[]) {
  return z.enum(values, { error: `must be one of ${values.join(', ')}` });
}

export function list(defaultValue: string) {
  return z
    .string()
    .default(defaultValue)
    .transform((text) =>
      text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== ''),
    );
}

/**
 * `*`, or origins in their one spelling, so that they are compared as they stand. A `*` within one is
 * for lists that browsers read; what compares would never match it.
 */
export function origins(defaultValue: string, { mayHaveWildcards = false } = {}) {
  return list(defaultValue).transform((texts, context) =>
    texts.map((text) => {
      const origin = text === '*' ? text : normalizedOrigin(text);
      if (origin !== undefined && (origin === '*' || mayHaveWildcards || !origin.includes('*')))
        return origin;
      context.addIssue({
        code: 'custom',
        message: `must be * or origins like https://app.example.com with commas between, not ${text}`,
      });
      return z.NEVER;
    }),
  );
}

/** An address of https or http, complete. */
export function mapStyleUrl() {
  return z
    .string()
    .trim()
    .refine(
      (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
      'must be the whole address of a style, like https://maps.example.com/style.json',
    );
}

/** `latitude,longitude,zoom` */
export function mapView(defaultValue: string) {
  return z
    .string()
    .default(defaultValue)
    .transform((text, context) => {
      const [lat, lng, zoom, ...more] = text.split(',').map((part) => Number(part.trim() || NaN));
      const isView = Math.abs(lat!) <= 85 && Math.abs(lng!) <= 180 && zoom! >= 0 && zoom! <= 24;
      if (isView && more.length === 0) return { lat: lat!, lng: lng!, zoom: zoom! };
      context.addIssue({
        code: 'custom',
        message: 'must be latitude, longitude and zoom with commas between, like -34.885,-56.17,12',
      });
      return z.NEVER;
    });
}
