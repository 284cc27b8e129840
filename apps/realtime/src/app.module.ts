import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { ConfigModule, type Environment } from '#libs/config';
import { ObservabilityModule } from '#libs/observability';
import { RedisModule } from '#libs/redis';
import { AdminModule } from './admin/admin.module.js';
import { ChatRealtimeModule } from './chat/chat.module.js';
import { DriversModule } from './drivers/drivers.module.js';
import { NotificationsRealtimeModule } from './notifications/notifications.module.js';
import { PassengersModule } from './passengers/passengers.module.js';
import { PresenceRealtimeModule } from './presence/presence.module.js';
import { AccountsRestModule } from './rest/accounts/accounts-rest.module.js';
import { AuthRestModule } from './rest/auth/auth-rest.module.js';
import { ChatRestModule } from './rest/chat/chat-rest.module.js';
import { AdminTripsRestModule } from './rest/dispatcher-trips/admin-trips-rest.module.js';
import { DriverAvailabilityModule } from './rest/drivers/driver-availability.module.js';
import { ExportsRestModule } from './rest/exports/exports-rest.module.js';
import { FaresRestModule } from './rest/fares/fares-rest.module.js';
import { MetricsModule } from './http/metrics.module.js';
import { HealthModule } from './rest/health/health.module.js';
import { NotificationsRestModule } from './rest/notifications/notifications-rest.module.js';
import { PagesRestModule } from './rest/pages/map-settings.controller.js';
import { RestModule } from './rest/rest.module.js';
import { SystemRestModule } from './rest/system/system-rest.module.js';
import { TripsRestModule } from './rest/trips/trips-rest.module.js';
import { TrackingRealtimeModule } from './tracking/tracking.module.js';
import { VisitorsModule } from './visitors/visitors.module.js';

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
        ChatRealtimeModule,
        TrackingRealtimeModule,
        PresenceRealtimeModule,
        NotificationsRealtimeModule,
        VisitorsModule,
        RestModule,
        AuthRestModule,
        AccountsRestModule,
        ChatRestModule,
        DriverAvailabilityModule,
        ExportsRestModule,
        FaresRestModule,
        TripsRestModule,
        NotificationsRestModule,
        PagesRestModule,
        AdminTripsRestModule,
        SystemRestModule,
        HealthModule,
        MetricsModule,
        ...extraModules,
      ],
    };
  }
}
