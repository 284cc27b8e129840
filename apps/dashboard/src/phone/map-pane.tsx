import { lazy, Suspense, useEffect, useRef } from 'react';
import { type MapBoard } from './map-board.js';
import { usePhoneWords } from './words/use-phone-words.js';

/** The map of a page, loaded after the page itself. */
export function MapPane({ board }: { board: MapBoard }) {
  const { map } = usePhoneWords();
  return (
    <div className="map-pane">
      <Suspense fallback={<p className="map-loading">{map.loading}</p>}>
        <LoadedMap board={board} label={map.label} />
      </Suspense>
      <p className="map-credit">{map.attribution}</p>
    </div>
  );
}

const LoadedMap = lazy(async () => {
  const { StreetMap } = await import('./street-map.js');
  function OpenMap({ board, label }: { board: MapBoard; label: string }) {
    const container = useRef<HTMLDivElement>(null);
    useEffect(() => {
      const map = new StreetMap(container.current!, label, (point) => board.tapped?.(point));
      board.attach(map);
      return () => {
        board.attach(undefined);
        map.close();
      };
    }, [board, label]);
    return <div ref={container} className="map-canvas" />;
  }
  return { default: OpenMap };
});
