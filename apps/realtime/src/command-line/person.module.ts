import { Module } from '@nestjs/common';
import { PersonalChatsModule } from '#libs/chat';
import { PersonalAvailabilityModule } from '#libs/drivers';
import { PersonalFactsModule } from '#libs/exports';
import { PersonalPositionsModule } from '#libs/location';
import { PersonalNotificationsModule } from '#libs/notifications';
import { PersonalPresenceModule } from '#libs/presence';
import { PersonalSharesModule } from '#libs/shares';
import { PersonalTripsModule } from '#libs/trips';

/** Everything that knows something of a person, beside its account. */
@Module({
  imports: [
    PersonalFactsModule,
    PersonalAvailabilityModule,
    PersonalChatsModule,
    PersonalNotificationsModule,
    PersonalPositionsModule,
    PersonalPresenceModule,
    PersonalSharesModule,
    PersonalTripsModule,
  ],
})
export class PersonModule {}
