import { describe, expect, it } from 'vitest';
import { errorCatalogue } from '#libs/contracts/browser';
import { refusalText } from './refusal-text.js';
import { refusalsInEnglish, refusalsInSpanish } from './refusals.js';

describe('why something was refused', () => {
  const refused = (message: string, details?: unknown) => ({
    code: 'VALIDATION_FAILED',
    message,
    details,
  });

  it('[PAGE38] names the fields that were not accepted in the words of the page, and what is asked of them', () => {
    const lines = [
      'password must be longer than or equal to 8 characters',
      'email must be an email',
      'email must be a string',
      'stops.0.point is 900 km from the pickup by way of the stops before',
      'plate must be a string',
    ];
    expect(refusalText(refused(lines.join(' '), lines), 'en')).toBe(
      `${refusalsInEnglish.VALIDATION_FAILED} (password: at least 8 characters, e-mail, stops and dropoff, plate)`,
    );
    expect(refusalText(refused(lines.join(' '), lines), 'es')).toBe(
      `${refusalsInSpanish.VALIDATION_FAILED} (contraseña: al menos 8 caracteres, correo, paradas y destino, plate)`,
    );
    const phone = 'phoneNumber must be a phone number with + and the country code in front.';
    expect(refusalText(refused(phone), 'es')).toContain('(teléfono: con + y el código del país)');
  });

  it('[PAGE38] a sentence of the server is shown to those who read English only', () => {
    const sentence = 'Send a password, and email or phoneNumber, or nobody could log in.';
    expect(refusalText(refused(sentence), 'en')).toContain(sentence);
    expect(refusalText(refused(sentence), 'es')).toBe(refusalsInSpanish.VALIDATION_FAILED);
    const room = {
      code: 'CONFLICT',
      message: 'There is a room with this name. Choose another one.',
    };
    expect(refusalText(room, 'en')).toBe(room.message);
    expect(refusalText(room, 'es')).toBe(refusalsInSpanish.CONFLICT);
    expect(refusalText({ code: 'OF_TOMORROW', message: 'Said in English.' }, 'es')).toBe(
      `${refusalsInSpanish.INTERNAL} (OF_TOMORROW)`,
    );
  });

  it('[PAGE38] whose address or number is taken is said in each language', () => {
    const taken = {
      code: 'CONFLICT',
      message: 'There is an account with this email. Choose another one.',
      details: { taken: 'email' },
    };
    expect(refusalText(taken, 'en')).toBe('There is an account with this e-mail address.');
    expect(refusalText(taken, 'es')).toBe('Ya hay una cuenta con este correo.');
  });

  it('[PAGE38] what the catalogue says is not said twice', () => {
    for (const code of ['CONFLICT', 'VALIDATION_FAILED'] as const)
      expect(refusalText({ code, message: errorCatalogue[code].message }, 'en')).toBe(
        refusalsInEnglish[code],
      );
  });
});
