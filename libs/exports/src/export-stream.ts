import { Inject, Injectable } from '@nestjs/common';
import { exportsConfig, type ConfigType } from '#libs/config';
import { type ExportedFact, type ExportedFactField } from '#libs/contracts';
import { LuaScript, RedisCommands } from '#libs/redis';
import { ExportKeys } from './export-keys.js';

const trimScript = LuaScript.load(import.meta.url, 'trim_facts');

export interface TrimResult {
  /** Facts that every group had acknowledged, or with no group those beyond the newest. */
  trimmed: number;
  /** Facts that were dropped although a group had not acknowledged them. */
  lost: number;
  /** The group that is farthest behind; empty when there is none. */
  slowestGroup: string;
}

/** The stream of facts that leave for a company's own systems. */
@Injectable()
export class ExportStream {
  /** For the script that changes a trip and appends its fact; in the slot `{dispatch}`. */
  readonly key: string;

  constructor(
    private readonly redis: RedisCommands,
    private readonly keys: ExportKeys,
    @Inject(exportsConfig.KEY) private readonly settings: ConfigType<typeof exportsConfig>,
  ) {
    this.key = keys.stream;
  }

  /**
   * Appends facts of a feature whose keys lie in other slots, so that it cannot append them in the
   * script that does the thing: it does so afterwards, again until it has succeeded. Readers tell a
   * fact that comes twice by subject and version.
   */
  async append(facts: readonly Omit<ExportedFact, 'id'>[]): Promise<void> {
    await this.redis.do(async (redis) => {
      const appended = facts.map(({ type, subject, version, at, data }) => {
        const fields = {
          type,
          subject,
          version: `${version}`,
          at: `${at}`,
          data: JSON.stringify(data),
        };
        return redis.xadd(this.key, '*', ...Object.entries(fields).flat());
      });
      await Promise.all(appended);
    });
  }

  /** Drops what nobody waits for any more; undefined when another instance has done it just now. */
  async trim(): Promise<TrimResult | undefined> {
    const { streamMaxLength, streamKeep, streamKeepBytes, trimIntervalMs } = this.settings;
    const reply = (await this.redis.run(
      trimScript,
      [this.key, this.keys.trimTurn],
      [streamMaxLength, streamKeep, trimIntervalMs, streamKeepBytes],
    )) as [number, number, string] | [];
    if (reply.length === 0) return undefined;
    const [trimmed, lost, slowestGroup] = reply;
    return { trimmed, lost, slowestGroup };
  }
}

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
