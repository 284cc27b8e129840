import { Inject, Injectable } from '@nestjs/common';
import { webhooksConfig, type ConfigType } from '#libs/config';
import { RequestError } from '#libs/contracts';
import { DeadLettersStore, type DeadLetter } from './dead-letters.store.js';
import { endpointsOf } from './export-keys.js';

/** Anything else would be an error of Redis. */
const STREAM_ID = /^\d{1,15}-\d{1,15}$/;

@Injectable()
export class DeadLettersService {
  private readonly endpoints: ReadonlySet<string>;

  constructor(
    private readonly store: DeadLettersStore,
    @Inject(webhooksConfig.KEY) settings: ConfigType<typeof webhooksConfig>,
  ) {
    this.endpoints = new Set(endpointsOf(settings.urls).map(({ name }) => name));
  }

  /**
   * The oldest first.
   * @param after id of the dead letter before the first; it need not be there any more
   * @throws RequestError VALIDATION_FAILED
   */
  async list(limit: number, after?: string): Promise<DeadLetter[]> {
    if (after !== undefined && !STREAM_ID.test(after)) {
      throw new RequestError('VALIDATION_FAILED', {
        details: ['after must be the id of a dead letter'],
      });
    }
    return this.store.list(limit, after);
  }

  /**
   * Gives the fact back to its webhook, with the id, subject and version it had.
   * @throws RequestError NOT_FOUND; CONFLICT when nobody would deliver it
   */
  async replay(id: string): Promise<DeadLetter> {
    const letter = STREAM_ID.test(id) ? await this.store.find(id) : undefined;
    if (letter === undefined) throw new RequestError('NOT_FOUND');
    if (!this.endpoints.has(letter.endpoint)) {
      throw new RequestError('CONFLICT', {
        message: 'The webhook that gave it up is not configured any more. See WEBHOOK_URL.',
      });
    }
    if (!(await this.store.replay(letter))) throw new RequestError('NOT_FOUND');
    return letter;
  }
}
