import { Injectable, Module } from '@nestjs/common';
import { type RefusedFixes } from '#libs/contracts';
import { type ErasedCounts, type Person } from '#libs/personal-data';
import { LocationStore } from './location.store.js';
import { type StoredPosition } from './position-record.js';
import { FixNotices } from './refused-fixes.js';

export interface KnownPositions {
  last: StoredPosition | null;
  history: StoredPosition[];
  refused: RefusedFixes;
}

/** Where a person was, as far as it is kept. */
@Injectable()
export class PersonalPositions {
  constructor(private readonly store: LocationStore) {}

  async exportOf({ id }: Person): Promise<KnownPositions> {
    const [last = null] = await this.store.readPositions([id]);
    return {
      last,
      history: await this.store.readHistory(id),
      refused: await this.store.readRefusals(id),
    };
  }

  async erase({ id }: Person): Promise<ErasedCounts> {
    return { positions: await this.store.erase(id) };
  }
}

/** For commands: without what an instance does by itself. */
@Module({
  providers: [LocationStore, FixNotices, PersonalPositions],
  exports: [PersonalPositions],
})
export class PersonalPositionsModule {}
