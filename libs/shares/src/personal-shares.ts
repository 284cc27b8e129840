import { Injectable, Module } from '@nestjs/common';
import { type ErasedCounts } from '#libs/personal-data';
import { SharesStore, type Share } from './shares.store.js';

/** The links that a passenger made of its trips. */
@Injectable()
export class PersonalShares {
  constructor(private readonly store: SharesStore) {}

  /** @param tripIds trips of the passenger */
  async exportOf(tripIds: readonly string[]): Promise<Share[]> {
    const links = await Promise.all(tripIds.map((tripId) => this.store.list(tripId)));
    return links
      .flat()
      .map(({ id, tripId, createdAt, expiresAt }) => ({ id, tripId, createdAt, expiresAt }));
  }

  /** Whoever follows by one of them is sent away. */
  async erase(tripIds: readonly string[]): Promise<ErasedCounts> {
    const links = await this.exportOf(tripIds);
    for (const { tripId, id } of links) await this.store.revoke(tripId, id);
    return { shares: links.length };
  }
}

/** For commands: without what an instance does by itself. */
@Module({ providers: [SharesStore, PersonalShares], exports: [PersonalShares] })
export class PersonalSharesModule {}
