import { Global, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Log, Metrics, type Count, type Family } from '#libs/observability';

/** What the log says of a refusal: never a token, a position or a payload. */
export interface Refusal {
  /** What kind of refusal it is: an error code, or a reason of the handshake. */
  code: string;
  namespace?: string;
  address?: string;
  userId?: string;
  /** Of a request that was refused: an event, or a method and the pattern of a route. */
  event?: string;
  /** What was wrong, in our words: nothing that a client wrote. */
  reason?: string;
}

/** Refusals of a kind that get a line each within a window; the rest is counted. */
const LINES_PER_WINDOW = 5;
const WINDOW_MS = 10_000;
/** More kinds than there are codes in all namespaces; whatever exceeds it shares one window. */
const MAX_KINDS = 1_000;
const OTHER_KINDS = 'others';
const MAX_TEXT_LENGTH = 80;
/** Clients choose the names of events. Tokens, positions and payloads have digits, points, quotes or long words. */
const EVENT = /^[A-Za-z]{1,20}(?:[:_ /-]+[A-Za-z]{1,20})*$/;
const NO_EVENT = '(no name of an event)';

interface Window {
  lines: number;
  suppressed: number;
}

/**
 * Shows operators, at info, which clients are refused and why. A crowd that is refused for one
 * reason fills the log no faster than a few lines and a count in each window.
 */
@Injectable()
export class RefusalLog implements OnApplicationShutdown {
  private readonly windows = new Map<string, Window>();
  private timer: NodeJS.Timeout | undefined;

  private readonly refusals: Family<Count>;

  constructor(
    private readonly log: Log,
    metrics: Metrics,
  ) {
    this.refusals = metrics.counters(
      'ridewire_refusals_total',
      'Connections, requests and REST calls that were refused, and connections that were cut, by code.',
      ['code', 'namespace'],
    );
  }

  note(refusal: Refusal): void {
    this.refusals.of(refusal.code, refusal.namespace ?? '').value += 1;
    const window = this.windowOf(refusal);
    if (window.lines >= LINES_PER_WINDOW) {
      window.suppressed += 1;
      return;
    }
    window.lines += 1;
    const { event } = refusal;
    const isNamed = event === undefined || EVENT.test(event.slice(0, MAX_TEXT_LENGTH));
    this.log.info(shortened(isNamed ? refusal : { ...refusal, event: NO_EVENT }), 'refused');
  }

  /** How often each code was noted since the start. */
  byCode(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { labels, member } of this.refusals.series()) {
      const code = labels['code']!;
      counts.set(code, (counts.get(code) ?? 0) + member.value);
    }
    return counts;
  }

  onApplicationShutdown(): void {
    clearTimeout(this.timer);
    this.tellSuppressed();
  }

  private windowOf({ code, namespace }: Refusal): Window {
    const kind = namespace === undefined ? code : `${code} ${namespace}`;
    const known = this.windows.get(kind);
    if (known) return known;
    const isRoom = this.windows.size < MAX_KINDS;
    const window = this.windows.get(isRoom ? kind : OTHER_KINDS) ?? { lines: 0, suppressed: 0 };
    this.windows.set(isRoom ? kind : OTHER_KINDS, window);
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.tellSuppressed();
    }, WINDOW_MS).unref();
    return window;
  }

  /** Ends the window of every kind. */
  private tellSuppressed(): void {
    for (const [kind, { suppressed }] of this.windows) {
      if (suppressed === 0) continue;
      const [code = kind, namespace] = kind.split(' ');
      this.log.info(
        shortened({ code, ...(namespace === undefined ? {} : { namespace }) }, suppressed),
        'refused more often than is told one by one',
      );
    }
    this.windows.clear();
  }
}

function shortened(refusal: Refusal, count?: number): Record<string, string | number> {
  const texts = Object.entries(refusal).map(
    ([name, text]) => [name, String(text).slice(0, MAX_TEXT_LENGTH)] as const,
  );
  return { ...Object.fromEntries(texts), ...(count === undefined ? {} : { count }) };
}

/** For sockets and REST alike: one window for what an operator reads in one log. */
@Global()
@Module({ providers: [RefusalLog], exports: [RefusalLog] })
export class RefusalLogModule {}
