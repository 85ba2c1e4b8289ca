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
