import { lifecycle } from '../../src/index.ts';

/** S3 moves nothing below 128 KiB unless a rule says so by size: a page of a list has about ten. */
const ofAnySize = { sizeGreaterThan: 0 };

/**
 * Answers are rarely read again once they are refined, and are kept for good; silver is read for trends of a week, later
 * seldom; a query's result is made again as soon as it is asked for.
 */
export const aging = lifecycle(
  [
    {
      id: 'bronze-grows-old',
      prefix: 'bronze/',
      ...ofAnySize,
      transitions: [
        { days: 30, storageClass: 'STANDARD_IA' },
        { days: 90, storageClass: 'GLACIER' },
      ],
    },
    {
      id: 'silver-grows-old',
      prefix: 'silver/',
      ...ofAnySize,
      transitions: [{ days: 60, storageClass: 'STANDARD_IA' }],
    },
    { id: 'results-expire', prefix: 'query-results/', expirationDays: 7 },
  ],
  { logExpirationDays: 30 },
);
