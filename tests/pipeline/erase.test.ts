import { eraseCases } from './erase-cases.ts';

// The other steps, encryption and versions are in tests/soak.
eraseCases(
  [
    ['erase.commit-amended', 1],
    ['erase.state', 1],
  ],
  false,
);
