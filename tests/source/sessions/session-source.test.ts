import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isPlayheadError } from '../../../src/base/errors.ts';
import { keyAt, type ProducedBatch, valueAt } from '../../../src/record/batch.ts';
import type { Injection } from '../../../src/source/sessions/injection.ts';
import { SessionSource } from '../../../src/source/sessions/session-source.ts';
import type { SourcedBatch } from '../../../src/source/source.ts';
import { hourMs, monday, sampleReference, sampleSource, slotMs } from './sample-service.ts';

interface Settings {
  readonly seed?: number;
  readonly injection?: Injection;
  readonly viewers?: number;
}

function open({ seed = 7, injection = {}, viewers = 300 }: Settings = {}): SessionSource {
  const definition = { ...sampleSource, seed, eventsPerDay: viewers * 20 };
  const reference = sampleReference(viewers);
  return new SessionSource({ address: 'sample.viewers', definition, key: 'session', injection }, reference);
}

/** Every record of a range, with its identity: what must not depend on how the range was cut. */
function records(source: SessionSource, fromMs: number, toMs: number): string[] {
  const lines: string[] = [];
  for (const { source: name, firstSequence, batch } of read(source, fromMs, toMs)) {
    for (let i = 0; i < batch.count; i += 1) {
      const value = Buffer.from(valueAt(batch, i)).toString('latin1');
      lines.push(`${name} ${firstSequence + BigInt(i)} ${batch.arrivalMs[i]} ${keyOf(batch, i)} ${value}`);
    }
  }
  return lines;
}

function read(source: SessionSource, fromMs: number, toMs: number): Iterable<SourcedBatch> {
  return source.read(new Date(fromMs).toISOString(), new Date(toMs).toISOString());
}

function keyOf(batch: ProducedBatch, index: number): string {
  return Buffer.from(keyAt(batch, index) ?? []).toString();
}

const injection: Injection = {
  late: { share: 0.05, minDelayMs: 60_000, maxDelayMs: 2 * hourMs },
  outOfOrder: { share: 0.05 },
  duplicated: { share: 0.03, maxDelayMs: hourMs },
  conflicting: { share: 0.02, maxDelayMs: hourMs },
  malformed: { share: 0.02 },
};

describe('session source', () => {
  it('gives the same records for a day at once and for 288 runs of five minutes, each begun anew', () => {
    const whole = records(open({ viewers: 90 }), monday, monday + 24 * hourMs);
    const pieces: string[] = [];
    for (let slot = 0; slot < 288; slot += 1) {
      pieces.push(...records(open({ viewers: 90 }), monday + slot * slotMs, monday + (slot + 1) * slotMs));
    }
    assert.ok(whole.length > 1500, `${whole.length} records`);
    assert.deepEqual(pieces, whole);
  });

  it('gives the same records however a range is split, and in whatever order it is read, faults included', () => {
    const whole = records(open({ injection }), monday, monday + 6 * hourMs);
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 71 }), { maxLength: 4 }), fc.boolean(), (cuts, reverse) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), 72];
        const ranges = edges.slice(1).map((to, i): [number, number] => [edges[i] ?? 0, to]);
        const source = open({ injection });
        const parts = (reverse ? ranges.toReversed() : ranges).map(([from, to]) =>
          records(source, monday + from * slotMs, monday + to * slotMs),
        );
        assert.deepEqual((reverse ? parts.reverse() : parts).flat(), whole);
      }),
      { numRuns: 6 },
    );
  });

  it('makes the same bytes for a seed as it always did', () => {
    const hash = createHash('sha256');
    for (const line of records(open({ injection }), monday, monday + 3 * hourMs)) hash.update(`${line}\n`);
    assert.equal(hash.digest('hex'), '442de1f02b5dc274dc82bec8295ded8af3be4653dff3511a7d09422e36d729b1');
  });

  it('counts the records of each slot from 0 in order of arrival, inside the slot', () => {
    for (const { source, firstSequence, batch } of read(open({ injection }), monday, monday + 2 * hourMs)) {
      const startMs = Date.parse(source.slice(source.lastIndexOf('/') + 1));
      let before = startMs;
      for (const arrival of batch.arrivalMs) {
        assert.ok(arrival >= before && arrival < startMs + slotMs);
        before = arrival;
      }
      assert.ok(firstSequence >= 0n);
    }
    const sequences = records(open(), monday, monday + hourMs).map((line) => line.split(' '));
    let [slot, next] = ['', 0];
    for (const [name = '', sequence] of sequences) {
      if (name !== slot) [slot, next] = [name, 0];
      assert.equal(sequence, String(next));
      next += 1;
    }
  });

  it('makes other records, under another name, from another seed', () => {
    const [one, other] = [open({ seed: 1 }), open({ seed: 2 })];
    assert.notEqual(one.name, other.name);
    const ids = (source: SessionSource): Set<string> =>
      new Set(records(source, monday, monday + hourMs).map((line) => /"id":"([^"]+)"/.exec(line)?.[1] ?? ''));
    const others = ids(other);
    assert.deepEqual(
      [...ids(one)].filter((id) => others.has(id)),
      [],
    );
  });

  it('takes nothing away when faults are injected: the events are the same, byte for byte', () => {
    const clean = new Set(records(open(), monday, monday + 4 * hourMs).map((line) => line.slice(line.indexOf('{'))));
    const faulty = new Set(
      records(open({ injection }), monday, monday + 8 * hourMs).map((line) => line.slice(line.indexOf('{'))),
    );
    assert.deepEqual(
      [...clean].filter((record) => !faulty.has(record)),
      [],
    );
  });

  it('vouches for clean batches alone, each record of which is one JSON object', () => {
    let [checked, unchecked] = [0, 0];
    for (const { batch } of read(open({ injection }), monday, monday + 4 * hourMs)) {
      if (!batch.checkedObjects) {
        unchecked += batch.count;
        continue;
      }
      checked += batch.count;
      for (let i = 0; i < batch.count; i += 1) assert.doesNotThrow(() => parse(batch, i));
    }
    assert.ok(checked > 0 && unchecked > 0, `${checked} checked, ${unchecked} not`);
  });

  it('keys every record by the mapped field, broken copies included', () => {
    for (const { batch } of read(open({ injection }), monday, monday + hourMs)) {
      for (let i = 0; i < batch.count; i += 1) assert.match(keyOf(batch, i), /^[0-9a-f]{8}$/);
    }
  });

  it('refuses a range that is not on whole slots', () => {
    assert.throws(
      () => records(open(), monday + 1, monday + hourMs),
      (error: unknown) => isPlayheadError(error, 'PH_USAGE'),
    );
  });
});

function parse(batch: ProducedBatch, index: number): unknown {
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(valueAt(batch, index)));
}
