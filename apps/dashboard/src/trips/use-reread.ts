import { useEffect, useRef } from 'react';
import { type Dispatch } from '../shell/dispatch.js';

/** Many things happen in a second: what is shown is read once for all of them. */
const REREAD_AFTER_MS = 700;

/** Whatever happens to a trip may change a list. */
export function useRereadOnNews(dispatch: Dispatch, again: () => void): void {
  const reread = useRef(again);
  reread.current = again;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = dispatch.onTripNews(() => {
      timer ??= setTimeout(() => {
        timer = undefined;
        reread.current();
      }, REREAD_AFTER_MS);
    });
    return () => {
      clearTimeout(timer);
      end();
    };
  }, [dispatch]);
}
