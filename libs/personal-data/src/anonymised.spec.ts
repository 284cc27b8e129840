import { describe, expect, it } from 'vitest';
import { anonymised } from './anonymised.js';
import { type Person } from './person.js';

const ada: Person = {
  id: '7',
  pseudonym: 'erased-x',
  name: 'Ada',
  email: 'ada@example.com',
  phoneNumber: '+390612345678',
};

describe(anonymised.name, () => {
  it('[PERSON2] takes out id, name and contacts wherever a record has them, and nothing of others', () => {
    const record = {
      passengerId: '7',
      passenger: { id: '7', name: 'Ada', photoUrl: 'https://x/7.png', phoneMasked: '+39•••78' },
      driver: { id: '17', name: 'Bob', photoUrl: 'https://x/17.png' },
      to: ['driver:7', 'driver:17', 'admin'],
      marks: { '7': 1, '77': 2 },
      said: 'write to ada@example.com or +390612345678 at 7:07, Adana',
      fare: { total: 7, at: '2026-11-07T07:07:07.777Z' },
    };
    expect(anonymised(record, ada)).toEqual({
      passengerId: 'erased-x',
      passenger: { id: 'erased-x', name: 'Erased', photoUrl: null, phoneMasked: null },
      driver: record.driver,
      to: ['driver:erased-x', 'driver:17', 'admin'],
      marks: { 'erased-x': 1, '77': 2 },
      said: 'write to [erased] or [erased] at 7:07, Adana',
      fare: record.fare,
    });
    const others = { driver: record.driver, fare: record.fare, to: ['driver:17'] };
    expect(anonymised(others, ada)).toBe(others);
  });

  it('[PERSON2] changes nothing of others, whatever the person is called and whatever its id looks like', () => {
    const others = {
      status: 'completed',
      kind: 'message',
      driver: { id: '17', name: 'completed', plate: '7' },
      text: '7',
    };
    for (const name of ['completed', 'message', 'status'])
      expect(anonymised(others, { ...ada, name })).toBe(others);
  });

  it('[PERSON2] leaves of the places of an own trip the kilometre, and nothing of what was written', () => {
    const trip = {
      pickup: { lat: 41.90278, lng: 12.49637, address: 'Via Roma 1' },
      notes: 'ring twice',
    };
    expect(anonymised(trip, ada)).toBe(trip);
    expect(anonymised(trip, ada, { isOwnTrip: true })).toEqual({
      pickup: { lat: 41.9, lng: 12.5, address: null },
      notes: '',
    });
  });
});
