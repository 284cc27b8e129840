import { randomUUID } from 'node:crypto';
import { TraceFlags } from '@opentelemetry/api';
import { type SpanExporter } from '@opentelemetry/sdk-trace';
import { type ConfigType, type tracingConfig } from '#libs/config';
import { buildInfo } from '../build-info.js';
import { type StructuredLogger } from '../logger.js';
import { type TracingSdk } from './tracing.js';

/** A shutdown does not wait longer for a collector that does not answer. */
const CLOSE_WITHIN_MS = 2_000;

/**
 * Loads the SDK, which nobody pays for who does not trace. Whether a trace is kept is decided once,
 * where it comes in, and goes with it from there: all instances do alike. What a client says decides
 * nothing, neither its flag nor the id that it has chosen, unless OTEL_TRACES_TRUST_PARENT says so.
 * @param log hears once that traces do not arrive, and once that they do again
 * @param random from 0 to 1, below 1
 */
export async function openTelemetry(
  settings: ConfigType<typeof tracingConfig>,
  log: Pick<StructuredLogger, 'info' | 'warn'>,
  random: () => number = Math.random,
): Promise<TracingSdk | undefined> {
  const { endpoint, headers, serviceName, ratio, intervalMs, isParentTrusted } = settings;
  if (endpoint === undefined) return undefined;
  const [sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const { version } = buildInfo();
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({
      'service.name': serviceName,
      'service.version': version,
      'service.instance.id': randomUUID(),
    }),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter: loggingFailures(
          new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces`, headers }),
          new URL(endpoint).host,
          log,
        ),
        scheduledDelayMillis: intervalMs,
      }),
    ],
  });
  return {
    tracer: provider.getTracer('ridewire', version),
    keeps: ({ traceFlags }) =>
      isParentTrusted ? (traceFlags & TraceFlags.SAMPLED) !== 0 : random() < ratio,
    close: async () => {
      const timer = new Promise((resolve) => setTimeout(resolve, CLOSE_WITHIN_MS).unref());
      await Promise.race([provider.shutdown().catch(() => undefined), timer]);
    },
  };
}

/** Logs that a collector is away or refuses: the SDK says nothing of it. @param collector host and port, without secrets */
function loggingFailures(
  exporter: SpanExporter,
  collector: string,
  log: Pick<StructuredLogger, 'info' | 'warn'>,
): SpanExporter {
  let isFailing = false;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const hasFailed = result.error !== undefined;
        if (hasFailed && !isFailing)
          log.warn({ collector, reason: result.error?.message }, 'traces do not arrive');
        if (!hasFailed && isFailing) log.info({ collector }, 'traces arrive again');
        isFailing = hasFailed;
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}
