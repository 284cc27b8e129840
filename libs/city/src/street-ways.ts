import { ShapeKind, type OsmFeature, type Vertex } from './osm-tiles.js';

/** A stretch of a street as it is driven, in the order of its vertices. */
export interface StreetWay {
  name: string;
  speedKmh: number;
  direction: 'both' | 'forward' | 'backward';
  isTunnel: boolean;
  vertices: Vertex[];
}

/** What is driven on, with the speed where OpenStreetMap names none; km/h. Service roads are left out. */
const SPEED_KMH: Readonly<Record<string, number>> = {
  motorway: 90,
  motorway_link: 50,
  trunk: 60,
  trunk_link: 45,
  primary: 50,
  primary_link: 40,
  secondary: 45,
  secondary_link: 40,
  tertiary: 45,
  tertiary_link: 35,
  unclassified: 40,
  residential: 40,
  living_street: 20,
};
const CLOSED = new Set(['no', 'private', 'agricultural', 'forestry', 'delivery']);
const ONE_WAY = new Set(['yes', 'true', '1']);
/** Wider limits are mistakes of the map. */
const MAX_SPEED_KMH = 110;

/** The drivable parts of a feature; none for anything that no car may use. */
export function drivableWays({ kind, tags, parts }: OsmFeature): StreetWay[] {
  const usual = SPEED_KMH[tags['highway'] ?? ''];
  if (kind !== ShapeKind.line || usual === undefined || isClosed(tags)) return [];
  const way = {
    name: tags['name'] ?? '',
    speedKmh: speedOf(tags['maxspeed'], usual),
    direction: directionOf(tags),
    isTunnel: isTunnel(tags),
  };
  return parts.filter(({ length }) => length > 1).map((vertices) => ({ ...way, vertices }));
}

function isClosed(tags: Readonly<Record<string, string>>): boolean {
  return ['access', 'vehicle', 'motor_vehicle', 'motorcar'].some((key) =>
    CLOSED.has(tags[key] ?? ''),
  );
}

/** Also a way through a building or below a roof. */
function isTunnel({ tunnel = 'no', covered = 'no' }: Readonly<Record<string, string>>): boolean {
  return tunnel !== 'no' || covered !== 'no';
}

function directionOf(tags: Readonly<Record<string, string>>): StreetWay['direction'] {
  const { oneway } = tags;
  if (oneway === '-1' || oneway === 'reverse') return 'backward';
  if (ONE_WAY.has(oneway ?? '')) return 'forward';
  const isImplied = tags['junction'] === 'roundabout' || tags['highway'] === 'motorway';
  return isImplied && oneway !== 'no' ? 'forward' : 'both';
}

function speedOf(text: string | undefined, usual: number): number {
  const limit = Number(/^(\d+)( km\/h)?$/.exec(text ?? '')?.[1]);
  return limit >= 5 && limit <= MAX_SPEED_KMH ? limit : usual;
}
