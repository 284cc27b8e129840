import { describe, expect, it } from 'vitest';
import { TripVersions } from './trip-versions.js';

describe('what is known of all trips', () => {
  it('[REPLAY1] a trip that was quiet while many others went on is not taken for a new one', () => {
    const versions = new TripVersions(3);
    versions.begin(1_000);
    versions.note('quiet', { version: 2, at: 2_000 });
    for (const tripId of ['a', 'b', 'c']) versions.note(tripId, { version: 1, at: 3_000 });
    expect(versions.ids()).toEqual(['a', 'b', 'c']);
    expect(versions.of('quiet')).toBe(0);
    expect(versions.isFollowed('quiet', { version: 1, at: 1_500 })).toBe(false);
  });

  it('[REPLAY1] a trip that began unheard is new, one of before is not', () => {
    const versions = new TripVersions();
    versions.begin(1_000);
    expect(versions.isFollowed('unheard', { version: 1, at: 1_001 })).toBe(true);
    expect(versions.isFollowed('of before', { version: 1, at: 1_000 })).toBe(false);
    expect(versions.isFollowed('cut off', { version: 7, at: 2_000 })).toBe(false);
    expect(versions.isFollowed('gone', undefined)).toBe(false);
  });
});
