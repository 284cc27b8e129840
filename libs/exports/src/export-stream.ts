import { Inject, Injectable } from '@nestjs/common';
import { exportsConfig, type ConfigType } from '#libs/config';
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
