import { openPage } from '../phone/open-page.js';
import { SignedIn } from '../phone/signed-in.js';
import { Ride } from './ride.js';

openPage(
  <SignedIn app="ride">
    <Ride />
  </SignedIn>,
);
