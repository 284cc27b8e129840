import { useEffect, useRef } from 'react';
import { type Dispatch } from '../shell/dispatch.js';

/** Many things happen in a second: what is shown is read once for all of them. */
const REREAD_AFTER_MS = 1_500;

/**
 * Whatever happens to a trip may change a list.
 * @param afterMs how long is waited for what else happens: searches cost a share of what the server gives
 */
export function useRereadOnNews(
  dispatch: Dispatch,
  again: () => void,
  afterMs = REREAD_AFTER_MS,
): void {
  const reread = useRef(again);
  reread.current = again;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = dispatch.onTripNews(() => {
      timer ??= setTimeout(() => {
        timer = undefined;
        reread.current();
      }, afterMs);
    });
    return () => {
      clearTimeout(timer);
      end();
    };
  }, [dispatch, afterMs]);
}
