import { test } from 'node:test';
import { eraseModel } from '../pipeline/erase-model.ts';

/** PLAYHEAD_SOAK_ROUNDS and PLAYHEAD_SOAK_SEED set others. */
const runs = Number(process.env['PLAYHEAD_SOAK_ROUNDS'] ?? 100);
const seed = Number(process.env['PLAYHEAD_SOAK_SEED'] ?? 22);

test('records are accounted for, and the erased are nowhere, whatever happens in which order', () =>
  eraseModel(runs, seed));
