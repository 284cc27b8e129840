import { Global, Module } from '@nestjs/common';
import { logConfig, type ConfigType } from '#libs/config';
import { createLogger, type StructuredLogger } from './logger.js';
import { DeliveryDelays } from './metrics/delivery-delays.js';
import { Metrics } from './metrics/metrics.js';

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
    Metrics,
    DeliveryDelays,
  ],
  exports: [Log, Metrics, DeliveryDelays],
})
export class ObservabilityModule {}
