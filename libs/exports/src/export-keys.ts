import { Injectable } from '@nestjs/common';
import { RedisKeys } from '#libs/redis';

/** One address that facts are sent to. */
export interface WebhookEndpoint {
  /** Name of its consumer group. Logs and dead letters say this and never the URL, which may be secret. */
  name: string;
  url: string;
}

/**
 * Named by their places in the list, so that a URL can change (another token, another host) and go on
 * with what was not delivered yet.
 */
export function endpointsOf(urls: readonly string[]): WebhookEndpoint[] {
  return urls.map((url, index) => ({
    name: index === 0 ? 'webhooks' : `webhooks-${index + 1}`,
    url,
  }));
}

/** The slot of dispatch: the script that changes a trip appends its fact in the same step. */
const TAG = 'dispatch';
const NAME = 'exports';

/** What one webhook keeps of the facts that it has not delivered yet. */
export interface WebhookKeys {
  /** Sorted set: subject by the time at which its oldest fact may be tried, epoch ms. */
  turns: string;
  /** Hash: subject -> attempts made for its oldest fact. */
  tries: string;
  /** Hash: fact id -> fields of a dead letter that is tried again. */
  replayed: string;
  /** Sorted set: what waits, by subject, the oldest first; lua/waiting_facts.lua reads and writes it. */
  waiting: string;
  /** The last place that was given there. */
  places: string;
}

/** The same as release 0.1.0 keeps it, which may run beside this one. Dead letters to be replayed are shared. */
export interface OldWebhookKeys {
  /** As `turns`. */
  due: string;
  /** As `tries`. */
  attempts: string;
}

@Injectable()
export class ExportKeys {
  readonly stream: string;
  readonly deadLetters: string;
  /** Held by the instance that trims in this interval. */
  readonly trimTurn: string;
  readonly clock: string;

  constructor(private readonly keys: RedisKeys) {
    this.stream = keys.key(TAG, NAME);
    this.deadLetters = keys.key(TAG, NAME, 'dead');
    this.clock = keys.dispatchClock;
    this.trimTurn = keys.key(TAG, NAME, 'trim-turn');
  }

  /** @param endpoint name of the webhook, which is also the name of its consumer group */
  webhook(endpoint: string): WebhookKeys {
    return {
      turns: this.keys.key(TAG, NAME, endpoint, 'turns'),
      tries: this.keys.key(TAG, NAME, endpoint, 'tries'),
      replayed: this.keys.key(TAG, NAME, endpoint, 'replayed'),
      waiting: this.keys.key(TAG, NAME, endpoint, 'waiting'),
      places: this.keys.key(TAG, NAME, endpoint, 'places'),
    };
  }

  oldWebhook(endpoint: string): OldWebhookKeys {
    return {
      due: this.keys.key(TAG, NAME, endpoint, 'due'),
      attempts: this.keys.key(TAG, NAME, endpoint, 'attempts'),
    };
  }

  /** Where release 0.1.0 keeps what waits of a subject: a list of ids. */
  oldQueue(endpoint: string, subject: string): string {
    return this.keys.key(TAG, NAME, endpoint, 'queue', subject);
  }
}
