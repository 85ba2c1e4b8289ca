import { eraseCases } from './erase-cases.ts';

// The other steps, encryption and versions are in tests/soak.
eraseCases(
  [
    ['erase.replaced', 2],
    ['erase.commit-amended', 1],
  ],
  false,
);
