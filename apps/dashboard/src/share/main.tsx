import { openPage } from '../phone/open-page.js';
import { SharedTripPage } from './shared-trip-page.js';

openPage(<SharedTripPage />);
