import { Module } from '@nestjs/common';
import { AvailabilityModule } from '#libs/drivers';
import { LocationModule } from '#libs/location';
import { TripsModule } from '#libs/trips';
import { CandidateSearch } from './candidate-search.js';
import { Matcher } from './matcher.js';
import { OfferDeadlines } from './offer-deadlines.js';

@Module({
  imports: [TripsModule, AvailabilityModule, LocationModule],
  providers: [Matcher, CandidateSearch, OfferDeadlines],
  exports: [Matcher],
})
export class MatchingModule {}
