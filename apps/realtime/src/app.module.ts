import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { ConfigModule, type Environment } from '#libs/config';
import { ObservabilityModule } from '#libs/observability';
import { RedisModule } from '#libs/redis';
import { AccountsRestModule } from './accounts/accounts-rest.module.js';
import { AdminTripsRestModule } from './admin-trips/admin-trips-rest.module.js';
import { AdminModule } from './admin/admin.module.js';
import { AuthRestModule } from './auth/auth-rest.module.js';
import { ChatModule } from './chat/chat.module.js';
import { DriverAvailabilityModule } from './driver-availability/driver-availability.module.js';
import { DriversModule } from './drivers/drivers.module.js';
import { ExportsRestModule } from './exports/exports-rest.module.js';
import { FaresRestModule } from './fares/fares-rest.module.js';
import { HealthModule } from './health/health.module.js';
import { PassengersModule } from './passengers/passengers.module.js';
import { RestModule } from './rest/rest.module.js';
import { TripsRealtimeModule } from './trips/trips.module.js';
import { TripsRestModule } from './trips-rest/trips-rest.module.js';

/** Composition only: what an instance consists of. */
@Module({})
export class AppModule {
  static with(environment: Environment, extraModules: readonly Type[] = []): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.from(environment),
        ObservabilityModule,
        RedisModule,
        DriversModule,
        PassengersModule,
        AdminModule,
        ChatModule,
        TripsRealtimeModule,
        RestModule,
        AuthRestModule,
        AccountsRestModule,
        DriverAvailabilityModule,
        ExportsRestModule,
        FaresRestModule,
        TripsRestModule,
        AdminTripsRestModule,
        HealthModule,
        ...extraModules,
      ],
    };
  }
}
