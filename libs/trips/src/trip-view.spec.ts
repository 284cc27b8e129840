import { expect, it } from 'vitest';
import { AccountStatus, UserType } from '#libs/contracts';
import { toDriverCard, toPassengerCard } from './trip-view.js';

it('[ACC9] The two people of a trip see name and photo of each other, and two digits of the number', () => {
  const account = {
    id: 'a',
    userType: UserType.driver,
    status: AccountStatus.active,
    email: 'ada@example.com',
    phoneNumber: '+4915112345678',
    name: 'Ada',
    photoUrl: 'https://photos.example.com/ada.jpg',
    groups: ['berlin'],
    createdAt: '',
    updatedAt: '',
  };
  const shown = {
    id: 'a',
    name: 'Ada',
    photoUrl: 'https://photos.example.com/ada.jpg',
    phoneMasked: '+***********78',
  };
  expect(toPassengerCard('a', account)).toEqual(shown);
  expect(toDriverCard('a', account)).toEqual({
    ...shown,
    phone: null,
    ratingAvg: null,
    ratingCount: null,
  });
  expect(toPassengerCard('b', undefined)).toEqual({
    id: 'b',
    name: null,
    photoUrl: null,
    phoneMasked: null,
  });
});
