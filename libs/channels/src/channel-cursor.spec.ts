import { describe, expect, it } from 'vitest';
import { ChannelCursor } from './channel-cursor.js';
import { type ChannelEntry } from './channel-entry.js';

/** A channel that keeps its newest entries, and a cursor on it. */
class Scene {
  readonly log: ChannelEntry<string>[] = [];
  readonly told: number[] = [];
  readonly gone: number[] = [];
  reads = 0;
  fails = false;
  /** Runs while a read is on its way. */
  meanwhile: () => void = () => undefined;
  first = 1;

  readonly cursor = new ChannelCursor<string>({
    readAfter: async (version, limit) => {
      this.reads += 1;
      const newest = this.log.length;
      const entries = this.log
        .filter((entry) => entry.version > version && entry.version >= this.first)
        .slice(0, limit);
      await Promise.resolve();
      const { meanwhile } = this;
      this.meanwhile = () => undefined;
      meanwhile();
      if (this.fails) throw new Error('away');
      return { version: newest, first: this.first, entries };
    },
    entry: ({ version }) => this.told.push(version),
    gone: (version) => this.gone.push(version),
  });

  append(count = 1): ChannelEntry<string>[] {
    const from = this.log.length;
    for (let i = 1; i <= count; i += 1)
      this.log.push({ version: from + i, at: 0, content: `${from + i}` });
    return this.log.slice(from);
  }

  announce(entries: readonly ChannelEntry<string>[]): boolean {
    return entries.every((entry) => this.cursor.receive(entry));
  }
}

const upTo = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe(ChannelCursor.name, () => {
  it('[CHAN1] begins behind what there is, and passes on what is announced while it begins', async () => {
    const scene = new Scene();
    scene.append(3);
    scene.meanwhile = () => scene.announce(scene.append(2));
    await scene.cursor.open();
    scene.announce(scene.append());
    expect(scene.told).toEqual([4, 5, 6]);
  });

  it('[CHAN1] passes on nothing twice, whatever is announced again', async () => {
    const scene = new Scene();
    await scene.cursor.open();
    const [first, second] = scene.append(2);
    scene.announce([first!, first!, second!, second!]);
    expect(scene.told).toEqual([1, 2]);
  });

  it('[CHAN1] reads what was not announced, over several pages and in order with what comes meanwhile', async () => {
    const scene = new Scene();
    await scene.cursor.open();
    scene.append(1_200);
    expect(scene.announce(scene.append())).toBe(false);
    scene.meanwhile = () => scene.announce(scene.append(3));
    await scene.cursor.catchUp();
    scene.announce(scene.append());
    expect(scene.told).toEqual(upTo(1, 1_205));
  });

  it('[CHAN1] goes on where it was when a read fails', async () => {
    const scene = new Scene();
    await scene.cursor.open();
    scene.append(2);
    scene.fails = true;
    await expect(scene.cursor.catchUp()).rejects.toThrow('away');
    expect(scene.announce(scene.append())).toBe(true);
    scene.fails = false;
    await scene.cursor.catchUp();
    expect(scene.told).toEqual([1, 2, 3]);
  });

  it('[CHAN1] says what is not kept any more, and goes on with what is', async () => {
    const scene = new Scene();
    await scene.cursor.open();
    scene.append(10);
    scene.first = 8;
    await scene.cursor.catchUp();
    expect(scene.gone).toEqual([7]);
    expect(scene.told).toEqual([8, 9, 10]);
  });

  it('[CHAN1] begins anew when Redis has lost entries and numbers them again', async () => {
    const scene = new Scene();
    await scene.cursor.open();
    scene.announce(scene.append(5));
    scene.log.length = 2;
    expect(scene.announce(scene.append())).toBe(false);
    await scene.cursor.catchUp();
    scene.announce(scene.append());
    expect(scene.gone).toEqual([3]);
    expect(scene.told).toEqual([1, 2, 3, 4, 5, 4]);
  });

  it('[CHAN1] passes on nothing once it is stopped', async () => {
    const scene = new Scene();
    await scene.cursor.open();
    const entries = scene.append(2);
    scene.cursor.stop();
    scene.announce(entries);
    await scene.cursor.catchUp();
    expect(scene.told).toEqual([]);
  });
});
