import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inputFaults, overdrawn } from '../../src/check/input-faults.ts';

const series = 'shop.deliver.e0.l0';
const line = (commit: number, read: number, quarantined = 0, version = 0) => ({
  key: `orders/${commit}.json`,
  series,
  commit,
  read,
  written: read - quarantined,
  quarantined,
  deduplicated: 0,
  version,
});
const object = (commit: number, rows: number) => ({ key: `orders/${commit}.json`, rows, commit });
const step = (commit: number, position: number, superseded = 0) => {
  return { commit, positions: { [series]: position }, superseded };
};

describe('what a job says it read', () => {
  const input = { series, next: 3, objects: [object(0, 5), object(1, 7), object(2, 9)] };
  const kinds = (readings: Parameters<typeof inputFaults>[1], held = input) =>
    inputFaults('shop.curate', readings, held).map(({ kind, rows, place }) => [kind, rows, place.commit, place.object]);

  it('agrees with its input where it read all that it has passed, and nothing else', () => {
    assert.deepEqual(kinds({ inputs: [line(0, 5), line(1, 7)], steps: [step(0, 2)] }), []);
  });

  it('names the commit that passed an object without reading it', () => {
    const readings = { inputs: [line(0, 5)], steps: [step(0, 1), step(1, 2)] };
    assert.deepEqual(kinds(readings), [['input-skipped', 7, 1, 'orders/1.json']]);
  });

  it('is found out where it stands behind the end of its input: it would skip what comes', () => {
    const readings = { inputs: [line(0, 5), line(1, 7), line(2, 9)], steps: [step(0, 4)] };
    assert.deepEqual(kinds(readings), [['input-skipped', undefined, 0, undefined]]);
  });

  it('differs where it read part of an object, or one that no commit names', () => {
    const steps = [step(0, 2)];
    assert.deepEqual(kinds({ inputs: [line(0, 4), line(1, 7)], steps }), [['input-differs', 1, 0, 'orders/0.json']]);
    assert.deepEqual(kinds({ inputs: [line(0, 5), line(1, 7), line(8, 3)], steps }), [
      ['input-differs', 3, 0, undefined],
    ]);
  });

  it('can not take more records out of quarantine than lay there', () => {
    const replayed = (quarantined: number) => ({ ...line(0, 0, quarantined, 1), written: -quarantined });
    const found = (quarantined: number, superseded = 0) =>
      overdrawn('shop.curate', {
        inputs: [line(0, 5, 1), replayed(quarantined)],
        steps: [step(0, 1), step(1, 1, superseded)],
      }).map(({ kind, rows, place }) => [kind, rows, place.commit]);
    assert.deepEqual(found(-1), []);
    assert.deepEqual(found(-2), [['commit-unbalanced', 1, 1]]);
    assert.deepEqual(found(-2, 1), [], 'a row that gave way lies in quarantine too');
  });
});
