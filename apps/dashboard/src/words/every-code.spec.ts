import { describe, expect, it } from 'vitest';
import {
  CandidateOutcome,
  errorCatalogue,
  NoDriversReason,
  OfferEndReason,
  OfferRejection,
  OfferStatus,
  TripHistoryType,
} from '#libs/contracts/browser';
import { refusalsInEnglish, refusalsInSpanish } from './refusals.js';
import { reasonText, tripFactsInEnglish, tripFactsInSpanish } from './trip-facts.js';

/** That each code has words of its own, other ones in each language. */
function expectWords(
  codes: readonly string[],
  english: Readonly<Record<string, string>>,
  spanish: Readonly<Record<string, string>>,
): void {
  const without = codes.filter((code) => !english[code] || !spanish[code]);
  expect(without).toEqual([]);
  expect(codes.filter((code) => english[code] === spanish[code])).toEqual([]);
}

describe('codes of the contract', () => {
  it('[PAGE38] every error has words in both languages', () => {
    expectWords(Object.keys(errorCatalogue), refusalsInEnglish, refusalsInSpanish);
  });

  it('[PAGE38] all that happens to a trip, and why, has words in both languages', () => {
    const [english, spanish] = [tripFactsInEnglish, tripFactsInSpanish];
    expectWords(Object.values(TripHistoryType), english.history, spanish.history);
    expectWords(Object.values(CandidateOutcome), english.outcomes, spanish.outcomes);
    expectWords(Object.values(OfferStatus), english.offerStatus, spanish.offerStatus);
    expectWords(
      [OfferEndReason, OfferRejection, NoDriversReason].flatMap((each) => Object.values(each)),
      english.reasons,
      spanish.reasons,
    );
  });

  it('[PAGE38] a reason that somebody gave stays as it was given', () => {
    expect(reasonText('search_ended', tripFactsInSpanish)).toBe('la búsqueda terminó');
    expect(reasonText('asked by phone', tripFactsInSpanish)).toBe('asked by phone');
  });
});
