import { UserType } from './principal.js';

export const Namespace = {
  drivers: '/drivers',
  passengers: '/passengers',
  admin: '/admin',
  chat: '/chat',
} as const;
export type Namespace = (typeof Namespace)[keyof typeof Namespace];

/** Which user types each namespace admits. */
export const namespaceAdmits: Record<Namespace, readonly UserType[]> = {
  [Namespace.drivers]: [UserType.driver],
  [Namespace.passengers]: [UserType.passenger],
  [Namespace.admin]: [UserType.admin],
  [Namespace.chat]: [UserType.driver, UserType.passenger, UserType.admin],
};
