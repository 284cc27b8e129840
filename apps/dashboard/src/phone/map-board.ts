import { createContext, useContext, useEffect } from 'react';
import { type MapPicture, type Point, type StreetMap } from './street-map.js';

type Tapped = ((point: Point) => void) | undefined;

const EMPTY: MapPicture = { marks: [], view: [], viewKey: '' };

/** What the map of a page shows, said by whatever stands in its sheet; the map stays while that changes. */
export class MapBoard {
  private picture = EMPTY;
  private map: StreetMap | undefined;
  tapped: Tapped;

  attach(map: StreetMap | undefined): void {
    this.map = map;
    map?.show(this.picture);
  }

  show(picture: MapPicture, tapped: Tapped): void {
    this.picture = picture;
    this.tapped = tapped;
    this.map?.show(picture);
  }
}

export const MapBoardContext = createContext(new MapBoard());

/** Shows a picture on the map of the page as long as the component is there. */
export function useOnMap(picture: MapPicture, tapped?: (point: Point) => void): void {
  const board = useContext(MapBoardContext);
  useEffect(() => board.show(picture, tapped));
  useEffect(() => () => board.show(EMPTY, undefined), [board]);
}
