import { errorCatalogue } from '#libs/contracts/browser';
import { type Texts } from './english.js';
import { type Language } from './language.js';
import { refusalsInEnglish, refusalsInSpanish } from './refusals.js';

/** Of REST, of a socket, or of this page's client. */
export interface Refused {
  code?: string | undefined;
  /** As the server says it: in English, and for those who write programs. */
  message: string;
  /** Lines about fields, or facts by their names. */
  details?: unknown;
}

const english = {
  /** What people fill in, by the names of the contract; another field is called by its own name. */
  fields: {
    email: 'e-mail',
    phoneNumber: 'phone number',
    name: 'name',
    password: 'password',
    userType: 'type of account',
    reason: 'reason',
    internalNote: 'internal note',
    message: 'message',
    text: 'text',
    area: 'area',
    pickup: 'pickup',
    stops: 'stops and dropoff',
    passengerId: 'passenger',
    paymentMode: 'payment',
    surgeBasisPoints: 'factor',
    ttlMs: 'duration',
    searchRadiusMeters: 'radius',
    maxCandidates: 'number of drivers',
    offerTtlSeconds: 'time to answer',
    actualDistanceKm: 'distance',
    actualDurationMin: 'minutes',
    fareTotal: 'fare',
    extraFees: 'extra fees',
    idempotencyKey: 'key of the request',
  },
  rules: {
    least: 'at least {n} characters',
    most: 'at most {n} characters',
    missing: 'missing',
    international: 'with + and the country code',
  },
  taken: {
    email: 'There is an account with this e-mail address.',
    phoneNumber: 'There is an account with this phone number.',
    id: 'There is an account with this id.',
  },
};

type DetailWords = Texts<typeof english>;

const spanish: DetailWords = {
  fields: {
    email: 'correo',
    phoneNumber: 'teléfono',
    name: 'nombre',
    password: 'contraseña',
    userType: 'tipo de cuenta',
    reason: 'motivo',
    internalNote: 'nota interna',
    message: 'mensaje',
    text: 'texto',
    area: 'zona',
    pickup: 'recogida',
    stops: 'paradas y destino',
    passengerId: 'pasajero',
    paymentMode: 'pago',
    surgeBasisPoints: 'factor',
    ttlMs: 'duración',
    searchRadiusMeters: 'radio',
    maxCandidates: 'cantidad de conductores',
    offerTtlSeconds: 'tiempo para responder',
    actualDistanceKm: 'distancia',
    actualDurationMin: 'minutos',
    fareTotal: 'tarifa',
    extraFees: 'cargos extra',
    idempotencyKey: 'clave del pedido',
  },
  rules: {
    least: 'al menos {n} caracteres',
    most: 'como máximo {n} caracteres',
    missing: 'falta',
    international: 'con + y el código del país',
  },
  taken: {
    email: 'Ya hay una cuenta con este correo.',
    phoneNumber: 'Ya hay una cuenta con este teléfono.',
    id: 'Ya hay una cuenta con este id.',
  },
};

const RULES: readonly [keyof DetailWords['rules'], RegExp][] = [
  ['least', /longer than or equal to (\d+) char/],
  ['most', /shorter than or equal to (\d+) char/],
  ['missing', /should not be empty/],
  ['international', /with \+ and the country code/],
];
const FIELD_FIRST = /^([a-z]\w*)[\w.]* (?:must|should|is|has|needs|cannot) /;

/**
 * Words for the code, and for what the server says beside it where there are any. What the server says
 * in English is shown to those who read the page in English only.
 */
export function refusalText(refused: Refused, shown: Language): string {
  const { code = '', message } = refused;
  const words: Readonly<Record<string, string>> =
    shown === 'es' ? refusalsInSpanish : refusalsInEnglish;
  const text = words[code];
  if (text !== undefined) return withDetails(text, refused, shown);
  if (shown === 'en') return message || refusalsInEnglish.NO_ANSWER;
  return code ? `${refusalsInSpanish.INTERNAL} (${code})` : refusalsInSpanish.NO_ANSWER;
}

function withDetails(text: string, refused: Refused, shown: Language): string {
  const { code, message, details } = refused;
  const words: DetailWords = shown === 'es' ? spanish : english;
  if (code === 'CONFLICT') {
    const { taken } = (details ?? {}) as { taken?: unknown };
    const said = (words.taken as Readonly<Record<string, string>>)[String(taken)];
    return (said ?? (shown === 'en' ? specific(message, code) : '')) || text;
  }
  if (code !== 'VALIDATION_FAILED') return text;
  const said = specific(message, code);
  const lines = Array.isArray(details) ? details.map(String) : said ? [said] : [];
  const fields = lines.map((line) => fieldInWords(line, words)).filter((each) => each !== '');
  const named = [...new Set(fields)].join(', ');
  const added = named || (shown === 'en' ? lines.join(' ') : '');
  return added ? `${text} (${added})` : text;
}

/** What field a line is about, and what is asked of it where there are words for that. */
function fieldInWords(line: string, { fields, rules }: DetailWords): string {
  const [, name] = FIELD_FIRST.exec(line) ?? [];
  if (name === undefined) return '';
  const field = (fields as Readonly<Record<string, string>>)[name] ?? name;
  for (const [rule, pattern] of RULES) {
    const found = pattern.exec(line);
    if (found) return `${field}: ${rules[rule].replace('{n}', found[1] ?? '')}`;
  }
  return field;
}

/** Empty when the server says no more than the code does. */
function specific(message: string, code: 'CONFLICT' | 'VALIDATION_FAILED'): string {
  return message === errorCatalogue[code].message ? '' : message;
}
