import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth, ApiSecurity } from '@nestjs/swagger';
import { UserType } from '#libs/contracts';

export const PUBLIC = 'rest:public';
export const ADMITTED = 'rest:admitted';
export const API_KEY_SCHEME = 'apiKey';

/** Needs no token. Whatever is not marked needs one. */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(PUBLIC, true);

/** Only for these user types. */
export const Admit = (...userTypes: UserType[]): MethodDecorator & ClassDecorator =>
  SetMetadata(ADMITTED, userTypes);

/** For admins, and for programs with ADMIN_API_KEY. */
export const AdminOnly = (): MethodDecorator & ClassDecorator =>
  applyDecorators(Admit(UserType.admin), ApiBearerAuth(), ApiSecurity(API_KEY_SCHEME));
