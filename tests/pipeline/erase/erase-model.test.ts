import { test } from 'node:test';
import { eraseModel } from './erase-model.ts';

// Many more are in tests/soak.
test('records are accounted for, and the erased are nowhere, whatever happens in which order', () => eraseModel(1, 22));
