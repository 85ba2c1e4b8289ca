import { lifecycle } from '../../src/index.ts';

/** Answers are rarely read again once they are refined, and are kept for good. */
export const bronzeAging = lifecycle([
  {
    id: 'bronze-grows-old',
    prefix: 'bronze/',
    transitions: [
      { days: 30, storageClass: 'STANDARD_IA' },
      { days: 90, storageClass: 'GLACIER' },
    ],
  },
]);

/** Silver is read for trends of a week, later seldom; a query's result is made again as soon as it is asked for. */
export const silverAging = lifecycle([
  { id: 'silver-grows-old', prefix: 'silver/', transitions: [{ days: 60, storageClass: 'STANDARD_IA' }] },
  { id: 'results-expire', prefix: 'query-results/', expirationDays: 7 },
]);
