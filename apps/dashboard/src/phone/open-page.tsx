import { StrictMode, useEffect, useSyncExternalStore, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import '../shell/tokens.css';
import '../shell/shell.css';
import './phone.css';
import { followTheme } from '../shell/theme.js';
import { language } from '../words/language.js';

/** Shows a page of this folder's kit, in the theme and the language of its viewer. */
export function openPage(page: ReactNode): void {
  followTheme();
  createRoot(document.getElementById('root')!).render(
    <StrictMode>
      <InLanguage>{page}</InLanguage>
    </StrictMode>,
  );
}

function InLanguage({ children }: { children: ReactNode }) {
  const chosen = useSyncExternalStore(language.subscribe, language.get);
  useEffect(() => {
    document.documentElement.lang = chosen;
  }, [chosen]);
  return children;
}
