import { useEffect, useRef, useState } from 'react';
import { part } from '../shell/part.js';
import { type MapBoard } from './map-board.js';
import { type Point } from './street-map.js';
import { usePhoneWords } from './words/use-phone-words.js';

/** The map of a page, loaded after the page itself. */
export function MapPane({ board }: { board: MapBoard }) {
  const { map } = usePhoneWords();
  const [isForeign, setForeign] = useState(false);
  return (
    <div className="map-pane">
      <LoadedMap board={board} label={map.label} onStyle={setForeign} />
      {!isForeign && <p className="map-credit">{map.attribution}</p>}
    </div>
  );
}

interface LoadedMapProps {
  board: MapBoard;
  label: string;
  /** Told whether the style says itself whose map it is. */
  onStyle: (isForeign: boolean) => void;
}

function Opening() {
  return <p className="map-loading">{usePhoneWords().map.loading}</p>;
}

const LoadedMap = part<LoadedMapProps>(
  async () => {
    const { StreetMap } = await import('./street-map.js');
    function OpenMap({ board, label, onStyle }: LoadedMapProps) {
      const container = useRef<HTMLDivElement>(null);
      useEffect(() => {
        const tap = (point: Point): void => board.tapped?.(point);
        const map = new StreetMap(container.current!, label, tap, onStyle);
        board.attach(map);
        return () => {
          board.attach(undefined);
          map.close();
        };
      }, [board, label, onStyle]);
      return <div ref={container} className="map-canvas" />;
    }
    return OpenMap;
  },
  <Opening />,
);
