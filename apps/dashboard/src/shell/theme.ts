import { remembered } from './remembered.js';

export const Theme = { system: 'system', light: 'light', dark: 'dark' } as const;
export type Theme = (typeof Theme)[keyof typeof Theme];

const dark = matchMedia('(prefers-color-scheme: dark)');
/** White, and bright words would not be seen on it. */
const paper = matchMedia('print');

export const theme = remembered<Theme>('theme', Object.values(Theme), () => Theme.system);

/** Told after the colours of the page have changed. @returns what ends it */
export function onColors(listener: () => void): () => void {
  const ends = [theme.subscribe(listener)];
  dark.addEventListener('change', listener);
  return () => {
    for (const end of ends) end();
    dark.removeEventListener('change', listener);
  };
}

/** Keeps the page in the chosen colours. */
export function followTheme(): void {
  const apply = (): void => {
    const chosen = theme.get();
    const isDark = chosen === Theme.dark || (chosen === Theme.system && dark.matches);
    document.documentElement.dataset['theme'] = isDark && !paper.matches ? 'dark' : 'light';
  };
  apply();
  onColors(apply);
  paper.addEventListener('change', apply);
}
