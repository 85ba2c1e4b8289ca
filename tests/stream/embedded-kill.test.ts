import { it } from 'node:test';
import { killWriters } from './kill-writers.ts';

it('loses and doubles nothing when its writers are killed at every step', () => killWriters(1));
