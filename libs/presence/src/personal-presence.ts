import { Injectable, Module } from '@nestjs/common';
import { type ErasedCounts, type Person } from '#libs/personal-data';
import { placeOf, PlaceKind, type PlaceSnapshot } from './place.js';
import { PresenceStore } from './presence.store.js';

/** Whether a person is here, and when it was. */
@Injectable()
export class PersonalPresence {
  constructor(private readonly store: PresenceStore) {}

  async exportOf({ id }: Person): Promise<{ devices: unknown[]; lastLeftAt: number | null }> {
    const { people, lastLeftAt } = await this.online(id);
    return { devices: [...people.values()], lastLeftAt };
  }

  /** Whether the person is nowhere, and the grace of those who may come back is over. */
  async isGone({ id }: Person): Promise<boolean> {
    if ((await this.online(id)).count > 0) return false;
    return !(await this.store.isAnywhere(id));
  }

  /** To be done when the person has gone. */
  async erase({ id }: Person): Promise<ErasedCounts> {
    return { presence: await this.store.forget(placeOf(PlaceKind.person, id)) };
  }

  private online(id: string): Promise<PlaceSnapshot> {
    return this.store.read(placeOf(PlaceKind.person, id), 1);
  }
}

/** For commands: without what an instance does by itself. */
@Module({ providers: [PresenceStore, PersonalPresence], exports: [PersonalPresence] })
export class PersonalPresenceModule {}
