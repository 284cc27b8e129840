import { useSyncExternalStore } from 'react';
import { remembered, type Remembered } from '../shell/remembered.js';

/** What can be shown on the map beside the cars. */
export const MapLayer = { trips: 'trips', demand: 'demand', pointers: 'pointers' } as const;
export type MapLayer = (typeof MapLayer)[keyof typeof MapLayer];

type Switch = Remembered<'on' | 'off'>;

/** The viewer's choice of layers outlives a reload. */
const switches: Record<MapLayer, Switch> = {
  trips: switchOf(MapLayer.trips, 'off'),
  demand: switchOf(MapLayer.demand, 'off'),
  pointers: switchOf(MapLayer.pointers, 'on'),
};

function switchOf(layer: MapLayer, otherwise: 'on' | 'off'): Switch {
  return remembered(`map-${layer}`, ['on', 'off'], () => otherwise);
}

/** @returns whether it is on, and what turns it */
export function useMapLayer(layer: MapLayer): [isOn: boolean, turn: (isOn: boolean) => void] {
  const { get, set, subscribe } = switches[layer];
  const isOn = useSyncExternalStore(subscribe, get) === 'on';
  return [isOn, (wanted) => set(wanted ? 'on' : 'off')];
}
