import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsOptional, Matches, ValidateBy } from 'class-validator';
import { looksLikePhoneNumber } from '#libs/accounts';
import { emailContact, GROUP_PATTERN, MAX_GROUPS } from '#libs/contracts';

/** Read by the accounts, which know all spellings: the field stays as it was typed. */
export const EmailField = (): PropertyDecorator =>
  ValidateBy({
    name: 'isEmail',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && emailContact(value) !== undefined,
      defaultMessage: (about) => `${about?.property} must be an email`,
    },
  });

export const PhoneField = (): PropertyDecorator =>
  ValidateBy({
    name: 'isPhoneNumber',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && looksLikePhoneNumber(value),
      defaultMessage: (about) => `${about?.property} must be a phone number`,
    },
  });

const GROUPS = { type: String, isArray: true, maxItems: MAX_GROUPS };
const GROUPS_HINT = 'Ids of 1 to 32 of a-z, 0-9, _ and -: people of one group see each other';

/** Describes a list of groups that is answered. */
export const ShownGroups = (): PropertyDecorator =>
  ApiProperty({ ...GROUPS, description: GROUPS_HINT });

/** Ids of groups, in lower case, sorted, each once. */
export const GroupsField = ({ isOptional = false } = {}): PropertyDecorator =>
  applyDecorators(
    (isOptional ? ApiPropertyOptional : ApiProperty)({ ...GROUPS, description: GROUPS_HINT }),
    ...(isOptional ? [IsOptional()] : []),
    Transform(({ value }: { value: unknown }) => readGroups(value)),
    IsArray(),
    ArrayMaxSize(MAX_GROUPS),
    Matches(GROUP_PATTERN, {
      each: true,
      message: '$property must hold ids of 1 to 32 of a-z, 0-9, _ and -',
    }),
  );

function readGroups(value: unknown): unknown {
  if (!Array.isArray(value) || !value.every((id) => typeof id === 'string')) return value;
  return [...new Set(value.map((id) => id.trim().toLowerCase()))].toSorted();
}
