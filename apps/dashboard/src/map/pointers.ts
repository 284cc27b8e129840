import { type CursorFrame, type CursorPerson } from '#libs/contracts/browser';
import { type Dispatch } from '../shell/dispatch.js';
import { type MapDesk } from './map-desk.js';

/** The board of all dispatchers; on the map x is the longitude and y the latitude. */
const DESK = 'desk';
const SEND_INTERVAL_MS = 60;
const LIGHT_FROM = 0.6;

interface Pointer {
  person: CursorPerson;
  element: HTMLElement;
  lng: number;
  lat: number;
}

/** The pointers of the other dispatchers above the map, and ours to them. */
export class Pointers {
  private readonly pointers = new Map<number, Pointer>();
  private readonly ends: (() => void)[];
  private sentAt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** @param changed told the names of those who are there */
  constructor(
    private readonly layer: HTMLElement,
    private readonly desk: MapDesk,
    private readonly admin: Dispatch['admin'],
    private readonly changed: (names: string[]) => void,
  ) {
    const { map } = desk;
    const move = (event: { lngLat: { lng: number; lat: number } }): void =>
      this.sendSoon(event.lngLat.lng, event.lngLat.lat);
    map.on('mousemove', move);
    this.ends = [
      desk.onMoved(() => this.placeAll()),
      () => map.off('mousemove', move),
      admin.on('cursor:frame', (frame) => this.apply(frame)),
    ];
  }

  stop(): void {
    clearTimeout(this.timer);
    for (const end of this.ends) end();
    this.layer.replaceChildren();
    this.pointers.clear();
  }

  private apply({ board, reset, people = [], moved = [], left = [] }: CursorFrame): void {
    if (board !== DESK) return;
    const gone = reset ? [...this.pointers.keys()] : left;
    for (const id of gone) this.remove(id);
    for (const person of people) this.add(person);
    const project = this.desk.projection();
    for (const [id, lng, lat] of moved) {
      const pointer = this.pointers.get(id);
      if (!pointer) continue;
      Object.assign(pointer, { lng, lat });
      place(pointer, project);
    }
    if (gone.length + people.length > 0)
      this.changed([...this.pointers.values()].map(({ person }) => person.name));
  }

  /** Ours is under our hand. */
  private add(person: CursorPerson): void {
    this.remove(person.id);
    if (person.userId === this.admin.hello?.userId) return;
    const element = document.createElement('div');
    element.className = isLight(person.color) ? 'pointer pointer-light' : 'pointer';
    element.style.setProperty('--pointer', person.color);
    const name = document.createElement('span');
    name.textContent = person.name;
    element.append(name);
    element.hidden = true;
    this.layer.append(element);
    this.pointers.set(person.id, { person, element, lng: Number.NaN, lat: Number.NaN });
  }

  private remove(id: number): void {
    this.pointers.get(id)?.element.remove();
    this.pointers.delete(id);
  }

  private placeAll(): void {
    if (this.pointers.size === 0) return;
    const project = this.desk.projection();
    for (const pointer of this.pointers.values()) place(pointer, project);
  }

  /** The last place of a movement is sent as well. */
  private sendSoon(x: number, y: number): void {
    clearTimeout(this.timer);
    const waitMs = this.sentAt + SEND_INTERVAL_MS - performance.now();
    const send = (): void => {
      this.sentAt = performance.now();
      this.admin.send('cursor:move', { x, y });
    };
    if (waitMs <= 0) send();
    else this.timer = setTimeout(send, waitMs);
  }
}

function place({ element, lng, lat }: Pointer, project: (lng: number, lat: number) => number[]) {
  if (Number.isNaN(lng)) return;
  const [x, y] = project(lng, lat);
  element.hidden = false;
  element.style.transform = `translate(${x}px, ${y}px)`;
}

/** Whether dark letters are read better on it. @param color `#rrggbb` */
function isLight(color: string): boolean {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255);
  return 0.299 * red! + 0.587 * green! + 0.114 * blue! > LIGHT_FROM;
}
