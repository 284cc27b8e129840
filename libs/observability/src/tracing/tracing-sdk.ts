import { randomUUID } from 'node:crypto';
import { type ConfigType, type tracingConfig } from '#libs/config';
import { buildInfo } from '../build-info.js';
import { type TracingSdk } from './tracing.js';

/** A shutdown does not wait longer for a collector that does not answer. */
const CLOSE_WITHIN_MS = 2_000;

/**
 * Loads the SDK, which nobody pays for who does not trace. Whether a trace is kept follows from its
 * id alone: all instances decide alike, and no client decides for us.
 */
export async function openTelemetry(
  settings: ConfigType<typeof tracingConfig>,
): Promise<TracingSdk | undefined> {
  const { endpoint, headers, serviceName, ratio, intervalMs } = settings;
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
    sampler: new sdk.TraceIdRatioBasedSampler(ratio),
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter: new OTLPTraceExporter({
          url: `${endpoint.replace(/\/$/, '')}/v1/traces`,
          headers,
        }),
        scheduledDelayMillis: intervalMs,
      }),
    ],
  });
  return {
    tracer: provider.getTracer('ridewire', version),
    close: async () => {
      const timer = new Promise((resolve) => setTimeout(resolve, CLOSE_WITHIN_MS).unref());
      await Promise.race([provider.shutdown().catch(() => undefined), timer]);
    },
  };
}
