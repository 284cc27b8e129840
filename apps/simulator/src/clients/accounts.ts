import { createHash, randomBytes } from 'node:crypto';
import { AppAudience, SessionType, UserType } from '#libs/contracts';
import { type RestClient } from './rest-client.js';
import { SessionTokens } from './session-tokens.js';

const audienceOf = {
  [UserType.driver]: AppAudience.driverApp,
  [UserType.passenger]: AppAudience.passengerApp,
  [UserType.admin]: AppAudience.adminPanel,
} as const;

export interface Account {
  userId: string;
  tokens: SessionTokens;
}

/** @throws RestError when email or password are wrong */
export async function logInAdmin(
  rest: RestClient,
  email: string,
  password: string,
): Promise<SessionTokens> {
  const pair = await rest.login({
    email,
    password,
    appAudience: AppAudience.adminPanel,
    sessionType: SessionType.apiClient,
  });
  return new SessionTokens(rest, pair);
}

/** Makes up a person and opens a session for them. @param label also the first part of the address */
export async function createAccount(
  rest: RestClient,
  admin: SessionTokens,
  userType: UserType,
  label: string,
): Promise<Account> {
  const email = `${label}@simulator.invalid`;
  const password = randomBytes(12).toString('base64url');
  if (!admin.isFresh) await admin.refresh();
  const { id } = await rest.createUser(admin.accessToken, {
    userType,
    email,
    password,
    name: nameFor(label),
  });
  const pair = await rest.login({
    email,
    password,
    appAudience: audienceOf[userType],
    sessionType: SessionType.mobileApp,
  });
  return { userId: id, tokens: new SessionTokens(rest, pair) };
}

const FIRST_NAMES = [
  'Ana',
  'Andrés',
  'Beatriz',
  'Bruno',
  'Camila',
  'Carlos',
  'Diego',
  'Elena',
  'Federico',
  'Gabriela',
  'Hugo',
  'Inés',
  'Joaquín',
  'Julia',
  'Lucía',
  'Marcos',
  'Martina',
  'Nicolás',
  'Paula',
  'Rodrigo',
  'Sofía',
  'Tomás',
  'Valeria',
];
const LAST_NAMES = [
  'Acosta',
  'Álvarez',
  'Benítez',
  'Cabrera',
  'Castro',
  'Correa',
  'Díaz',
  'Fernández',
  'García',
  'Giménez',
  'Martínez',
  'Méndez',
  'Núñez',
  'Olivera',
  'Pereira',
  'Píriz',
  'Ramos',
  'Rodríguez',
  'Silva',
  'Sosa',
  'Suárez',
  'Techera',
  'Varela',
  'Viera',
  'Zabala',
];

/** What a made-up person is called, always the same for a label; it says that nobody is called so. */
function nameFor(label: string): string {
  const [first, last] = createHash('sha256').update(label).digest();
  const firstName = FIRST_NAMES[first! % FIRST_NAMES.length];
  return `${firstName} ${LAST_NAMES[last! % LAST_NAMES.length]} (simulated)`;
}
