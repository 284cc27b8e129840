import { UserType } from './principal.js';

/** The program that a token is for: its `aud` claim. */
export const AppAudience = {
  driverApp: 'driver_app',
  passengerApp: 'passenger_app',
  adminPanel: 'admin_panel',
  apiClient: 'api_client',
} as const;
export type AppAudience = (typeof AppAudience)[keyof typeof AppAudience];

/** Which user types may log in through each program. */
export const audienceAdmits: Record<AppAudience, readonly UserType[]> = {
  [AppAudience.driverApp]: [UserType.driver],
  [AppAudience.passengerApp]: [UserType.passenger],
  [AppAudience.adminPanel]: [UserType.admin],
  [AppAudience.apiClient]: [UserType.driver, UserType.passenger, UserType.admin],
};

/** How the refresh token travels: `web` keeps it in an HttpOnly cookie, the others in the body. */
export const SessionType = {
  web: 'web',
  mobileApp: 'mobile_app',
  apiClient: 'api_client',
} as const;
export type SessionType = (typeof SessionType)[keyof typeof SessionType];

/** For clients that do not say. */
export const defaultSessionType: Record<AppAudience, SessionType> = {
  [AppAudience.driverApp]: SessionType.mobileApp,
  [AppAudience.passengerApp]: SessionType.mobileApp,
  [AppAudience.adminPanel]: SessionType.web,
  [AppAudience.apiClient]: SessionType.apiClient,
};
