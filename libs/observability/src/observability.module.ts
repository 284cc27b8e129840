import { Global, Module } from '@nestjs/common';
import { logConfig, tracingConfig, type ConfigType } from '#libs/config';
import { LogLevels } from './log-level.js';
import { createLogger, type StructuredLogger } from './logger.js';
import { DeliveryDelays } from './metrics/delivery-delays.js';
import { Metrics } from './metrics/metrics.js';
import { openTelemetry } from './tracing/tracing-sdk.js';
import { Tracing } from './tracing/tracing.js';

/** The structured log; injected by class, implemented by pino. */
export abstract class Log {
  abstract fatal: StructuredLogger['fatal'];
  abstract error: StructuredLogger['error'];
  abstract warn: StructuredLogger['warn'];
  abstract info: StructuredLogger['info'];
  abstract debug: StructuredLogger['debug'];
}

@Global()
@Module({
  providers: [
    {
      provide: Log,
      useFactory: (settings: ConfigType<typeof logConfig>) => createLogger(settings.level),
      inject: [logConfig.KEY],
    },
    {
      provide: LogLevels,
      useFactory: (log: Log, settings: ConfigType<typeof logConfig>) =>
        new LogLevels(log as StructuredLogger, settings.level),
      inject: [Log, logConfig.KEY],
    },
    {
      provide: Tracing,
      useFactory: async (settings: ConfigType<typeof tracingConfig>, log: Log) =>
        new Tracing(await openTelemetry(settings, log)),
      inject: [tracingConfig.KEY, Log],
    },
    Metrics,
    DeliveryDelays,
  ],
  exports: [Log, LogLevels, Metrics, DeliveryDelays, Tracing],
})
export class ObservabilityModule {}
