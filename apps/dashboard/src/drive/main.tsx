import { openPage } from '../phone/open-page.js';
import { SignedIn } from '../phone/signed-in.js';
import { Drive } from './drive.js';

openPage(
  <SignedIn app="drive">
    <Drive />
  </SignedIn>,
);
