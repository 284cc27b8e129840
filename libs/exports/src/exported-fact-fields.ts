import { type ExportedFact, type ExportedFactField } from '#libs/contracts';

type Fields = Partial<Record<string, string>>;

/** The fact of a stream entry; undefined when what was appended is none. */
export function factOf(id: string, fields: Fields): ExportedFact | undefined {
  const { type, subject, version, at, data } = fields satisfies Partial<
    Record<ExportedFactField, string>
  >;
  if (!type || !subject || data === undefined) return undefined;
  if (!isWholeNumber(version) || !isWholeNumber(at)) return undefined;
  try {
    const parsed = JSON.parse(data) as unknown;
    return { id, type, subject, version: Number(version), at: Number(at), data: parsed };
  } catch {
    return undefined;
  }
}

/** Redis hands fields over as a flat list. */
export function fieldsOf(flat: readonly string[]): Fields {
  const fields: Fields = {};
  for (let i = 0; i < flat.length; i += 2) fields[flat[i]!] = flat[i + 1]!;
  return fields;
}

function isWholeNumber(text: string | undefined): boolean {
  return text !== undefined && /^\d{1,15}$/.test(text);
}
