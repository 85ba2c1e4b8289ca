import { test } from 'node:test';
import { eraseModel } from '../pipeline/erase/erase-model.ts';
import { soakRounds, soakSeed } from './length.ts';

test('records are accounted for, and the erased are nowhere, whatever happens in which order', () =>
  eraseModel(soakRounds(100), soakSeed(22)));
