import { Window, type HTMLElement } from 'happy-dom';

/** A page for tests of components. To be imported before React: it looks whether there is a page. */
export const { document, InputEvent } = new Window();

Object.assign(globalThis, { window: document.defaultView, document });

/** An empty place in the page. */
export function placeInPage(): HTMLElement {
  const place = document.createElement('div');
  document.body.append(place);
  return place;
}
