import { UserType } from './principal.js';

export const Namespace = {
  drivers: '/drivers',
  passengers: '/passengers',
  admin: '/admin',
  chat: '/chat',
  /** Where clients of the older chat look for rooms: the same as /chat. */
  rooms: '/rooms',
  tracking: '/tracking',
  visitors: '/visitors',
} as const;
export type Namespace = (typeof Namespace)[keyof typeof Namespace];

/** Who may come into a namespace, and what a socket may cost there. */
export interface NamespacePolicy {
  admits: readonly UserType[];
  /**
   * Whether a client without a token is let in as a guest, or only one with a link of a trip
   * (`auth.share`). A wrong token is refused all the same.
   */
  guests: boolean | 'withShare';
  /** Cost a second and burst of one socket, where they are not WS_RATE_PER_SECOND and WS_RATE_BURST. */
  limits?: { ratePerSecond: number; rateBurst: number };
}

export const namespacePolicies: Readonly<Record<Namespace, NamespacePolicy>> = {
  [Namespace.drivers]: { admits: [UserType.driver], guests: false },
  [Namespace.passengers]: { admits: [UserType.passenger], guests: false },
  [Namespace.admin]: { admits: [UserType.admin], guests: false },
  [Namespace.chat]: { admits: Object.values(UserType), guests: false },
  [Namespace.tracking]: { admits: Object.values(UserType), guests: 'withShare' },
  [Namespace.rooms]: { admits: Object.values(UserType), guests: false },
  [Namespace.visitors]: {
    admits: Object.values(UserType),
    guests: true,
    limits: { ratePerSecond: 2, rateBurst: 20 },
  },
};

/** Namespaces that serve what another one serves, under the name that older clients know. */
export const namespaceAliases: ReadonlyMap<string, Namespace> = new Map([
  [Namespace.rooms, Namespace.chat],
]);

/** The namespace itself, or the one that it is an alias of. */
export const servedAs = (namespace: string): string => namespaceAliases.get(namespace) ?? namespace;
