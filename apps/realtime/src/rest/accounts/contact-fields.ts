import { ValidateBy } from 'class-validator';
import { emailContact, looksLikePhoneNumber } from '#libs/accounts';

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
