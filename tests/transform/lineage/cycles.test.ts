import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cyclesOf, type Step } from '../../../src/transform/lineage/cycles.ts';

const step = (name: string, from: string, into: string): Step => ({ name, from, into });
const namesOf = (steps: readonly Step[]): string[][] => cyclesOf(steps).map((cycle) => cycle.map(({ name }) => name));

describe('cycles of steps', () => {
  it('finds none where the steps part and meet again', () => {
    assert.deepEqual(namesOf([step('a', 'x', 'y'), step('b', 'x', 'z'), step('c', 'y', 'w'), step('d', 'z', 'w')]), []);
  });

  it('names the steps of a cycle in order, once, and not those that lead there', () => {
    const steps = [step('before', 'w', 'x'), step('a', 'x', 'y'), step('b', 'y', 'z'), step('c', 'z', 'x')];
    assert.deepEqual(namesOf(steps), [['a', 'b', 'c']]);
  });

  it('finds two cycles that share a step', () => {
    const steps = [step('a', 'x', 'y'), step('b', 'y', 'x'), step('c', 'y', 'z'), step('d', 'z', 'x')];
    assert.deepEqual(namesOf(steps), [
      ['a', 'b'],
      ['a', 'c', 'd'],
    ]);
  });
});
