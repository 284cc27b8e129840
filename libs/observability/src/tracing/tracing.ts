import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Span,
  type SpanContext,
  type Tracer,
} from '@opentelemetry/api';
import { RequestError } from '#libs/contracts';
import { contextOf, spanContextOf, traceparentOf } from './traceparent.js';
import { currentWork, within, Work } from './work.js';

export { SpanKind } from '@opentelemetry/api';

export interface SpanOptions {
  kind?: SpanKind;
  /** Kinds and sizes; nothing that names a person, and no text of theirs. */
  attributes?: Attributes;
  /** W3C `traceparent` of what caused it elsewhere; what it is part of here is linked then. */
  parent?: string | undefined;
}

/** Where spans go. */
export interface TracingSdk {
  tracer: Tracer;
  /** Whether a trace is kept that began elsewhere, e.g. at a client. */
  keeps: (begun: SpanContext) => boolean;
  /** Sends what waits. */
  close: () => Promise<void>;
}

/**
 * Traces by OpenTelemetry. Off, which is without an OTLP endpoint, it does nothing at all: who asks
 * often looks at `isOn` first.
 */
export class Tracing {
  readonly isOn: boolean;

  constructor(private readonly sdk: TracingSdk | undefined) {
    this.isOn = sdk !== undefined;
  }

  /** Runs a step under a span of its own; of a promise the span ends with it. */
  span<T>(name: string, options: SpanOptions, step: (span?: Span) => T): T {
    if (!this.sdk) return step();
    const work = currentWork();
    const here = work?.context;
    const parent = contextOf(options.parent);
    const linked = parent && here && trace.getSpanContext(here);
    const context = parent ?? here ?? ROOT_CONTEXT;
    const span = this.sdk.tracer.startSpan(
      name,
      {
        kind: options.kind ?? SpanKind.INTERNAL,
        ...(options.attributes ? { attributes: options.attributes } : {}),
        ...(linked ? { links: [{ context: linked }] } : {}),
      },
      context,
    );
    const part = (work ?? new Work()).part(trace.setSpan(context, span));
    try {
      const result = within(part, () => step(span));
      if (result instanceof Promise) {
        result.then(
          () => span.end(),
          (error: unknown) => fail(span, error),
        );
      } else span.end();
      return result;
    } catch (error) {
      fail(span, error);
      throw error;
    }
  }

  /**
   * Whether what was said elsewhere is brought under a span, by `deliver`. To be asked before: the
   * closures that a span takes are made for no message that has none.
   * @param parent W3C `traceparent` of what was said, if it has one
   */
  follows(parent: string | undefined): parent is string {
    return this.isOn && parent !== undefined;
  }

  /** Brings to those who are here what was said elsewhere. @param parent see `follows` */
  deliver(parent: string, attributes: Attributes, bring: () => void): void {
    this.span('deliver', { kind: SpanKind.CONSUMER, attributes, parent }, bring);
  }

  /** What others need to go on with the trace of this moment; undefined where nothing is traced. */
  get traceparent(): string | undefined {
    if (!this.isOn) return undefined;
    const context = currentWork()?.context;
    const span = context && trace.getSpanContext(context);
    return span && traceparentOf(span);
  }

  /** The same where the trace is kept: what many share goes on with no other. */
  get keptTraceparent(): string | undefined {
    if (!this.isOn) return undefined;
    const context = currentWork()?.context;
    const span = context && trace.getSpanContext(context);
    return span && span.traceFlags & TraceFlags.SAMPLED ? traceparentOf(span) : undefined;
  }

  /**
   * What a client or a request says of its trace, if that can be read, with our own word on whether
   * it is kept; undefined while off.
   */
  given(text: unknown): string | undefined {
    const begun = this.sdk && spanContextOf(text);
    if (!this.sdk || !begun) return undefined;
    const traceFlags = this.sdk.keeps(begun) ? TraceFlags.SAMPLED : TraceFlags.NONE;
    return traceparentOf({ ...begun, traceFlags });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.sdk?.close();
  }
}

const UNTRACED: { traceparent?: string } = Object.freeze({});

/** To be spread into what is told to others: the trace that it belongs to, if any. */
export function traced(traceparent: string | undefined): { traceparent?: string } {
  return traceparent === undefined ? UNTRACED : { traceparent };
}

/** The code says what it was; messages may hold what people wrote. */
function fail(span: Span, error: unknown): void {
  const type = error instanceof RequestError ? error.code : error instanceof Error && error.name;
  span.setAttribute('error.type', type || 'unknown');
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}
