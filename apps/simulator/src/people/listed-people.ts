import { createInterface } from 'node:readline';
import { type Readable } from 'node:stream';
import { UserType } from '#libs/contracts';
import { type Account } from '../clients/accounts.js';
import { type RestClient, type TokenPair } from '../clients/rest-client.js';
import { SessionTokens } from '../clients/session-tokens.js';
import { type People } from './people.js';

/** One line of what `npx ridewire issue-people` prints. */
interface ListedPerson extends TokenPair {
  userType: UserType;
  userId: string;
}

/** Is played by somebody at a browser, and is nobody's to simulate. */
interface Visitor {
  userType: UserType;
  userId: string;
  signInCode: string;
}

/** A list of people whose sessions are open already: nobody has to log in. */
export class ListedPeople implements People {
  readonly atOncePerServer = 25;

  private constructor(
    private readonly servers: readonly RestClient[],
    private readonly byType: ReadonlyMap<UserType, readonly ListedPerson[]>,
    private readonly visitors: ReadonlyMap<UserType, string>,
  ) {}

  /** @throws Error that names the line that is no person */
  static async read(servers: readonly RestClient[], source: Readable): Promise<ListedPeople> {
    const byType = new Map<UserType, ListedPerson[]>();
    const visitors = new Map<UserType, string>();
    let number = 0;
    for await (const line of createInterface({ input: source, crlfDelay: Infinity })) {
      number += 1;
      if (line.trim() === '') continue;
      const person = personIn(line);
      if (person && 'signInCode' in person) {
        visitors.set(person.userType, person.userId);
        continue;
      }
      if (!person)
        throw new Error(
          `Line ${number} of the list of people is no person: make the list anew with npx ridewire issue-people.`,
        );
      const known = byType.get(person.userType);
      if (known) known.push(person);
      else byType.set(person.userType, [person]);
    }
    return new ListedPeople(servers, byType, visitors);
  }

  countOf(userType: UserType): number {
    return this.byType.get(userType)?.length ?? 0;
  }

  visitor(userType: UserType): string | undefined {
    return this.visitors.get(userType);
  }

  async take(userType: UserType, index: number): Promise<Account> {
    const person = this.byType.get(userType)?.[index];
    if (!person) throw new Error(`The list of people has no ${userType} number ${index + 1}.`);
    const rest = this.servers[index % this.servers.length]!;
    return { userId: person.userId, tokens: new SessionTokens(rest, person) };
  }
}

function personIn(line: string): ListedPerson | Visitor | undefined {
  try {
    const person = JSON.parse(line) as Partial<ListedPerson & Visitor>;
    const isKnown =
      Object.values<unknown>(UserType).includes(person.userType) &&
      typeof person.userId === 'string';
    if (isKnown && typeof person.signInCode === 'string') return person as Visitor;
    const isWhole =
      typeof person.accessToken === 'string' && typeof person.accessTokenExpiresAt === 'number';
    return isKnown && isWhole ? (person as ListedPerson) : undefined;
  } catch {
    return undefined;
  }
}
