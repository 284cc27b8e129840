import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './shell/app.js';
import './shell/tokens.css';
import './shell/shell.css';
import './shell/parts.css';
import './map/map.css';
import './trips/trips.css';
import './system/system.css';
import { followTheme } from './shell/theme.js';

followTheme();
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
