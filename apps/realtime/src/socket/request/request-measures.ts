import { Injectable } from '@nestjs/common';
import { type Ack } from '#libs/contracts';
import { Metrics, TrafficClass, type Count, type Delays, type Family } from '#libs/observability';

/** What the names of events begin with, by what they are about; the first that fits counts. */
const CLASS_OF: readonly (readonly [prefix: string, traffic: TrafficClass])[] = [
  ['driver:location', TrafficClass.positions],
  ['location:', TrafficClass.positions],
  ['nearby:', TrafficClass.positions],
  ['admin:viewport', TrafficClass.positions],
  ['admin:feed', TrafficClass.positions],
  ['driver:offer', TrafficClass.offers],
  ['trip:', TrafficClass.trips],
  ['driver:trip', TrafficClass.trips],
  ['admin:trip', TrafficClass.trips],
  ['chat:', TrafficClass.chat],
  ['typing', TrafficClass.chat],
  ['events', TrafficClass.chat],
  ['page:', TrafficClass.presence],
  ['admin:pages', TrafficClass.presence],
  ['cursor:', TrafficClass.presence],
  ['auth:', TrafficClass.session],
];

export function trafficClassOf(event: string): TrafficClass {
  return CLASS_OF.find(([prefix]) => event.startsWith(prefix))?.[1] ?? TrafficClass.other;
}

/** Counts the answers to the requests of one kind. */
export class RouteMeasures {
  private readonly ok: Count;

  constructor(
    private readonly namespace: string,
    private readonly event: string,
    private readonly requests: Family<Count>,
    private readonly delays: Delays,
  ) {
    this.ok = requests.of(namespace, event, 'ok');
  }

  /** @param startedAt when the request came, epoch ms */
  note(answer: Ack<unknown>, startedAt: number): void {
    this.delays.note(Date.now() - startedAt);
    if (answer.ok) this.ok.value += 1;
    else this.requests.of(this.namespace, this.event, answer.error.code).value += 1;
  }
}

/** How requests end and how long they take, each of them, whoever answers it. */
@Injectable()
export class RequestMeasures {
  private readonly requests: Family<Count>;
  private readonly durations: Family<Delays>;

  constructor(metrics: Metrics) {
    this.requests = metrics.counters(
      'ridewire_requests_total',
      'Requests by how they were answered: ok or the code of the refusal. Events that nobody serves are among the refusals only.',
      ['namespace', 'event', 'outcome'],
    );
    this.durations = metrics.delayFamily(
      'ridewire_request_duration_seconds',
      'From the receipt of a request to its answer, the wait for its turn included, by class.',
      ['class'],
    );
  }

  /** Requests that were answered since the start. */
  get answered(): number {
    let sum = 0;
    for (const { member } of this.requests.series()) sum += member.value;
    return sum;
  }

  of(namespace: string, event: string): RouteMeasures {
    const delays = this.durations.of(trafficClassOf(event));
    return new RouteMeasures(namespace, event, this.requests, delays);
  }
}
