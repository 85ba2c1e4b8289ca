import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { valueAt } from '../../../src/record/batch.ts';
import { type InvalidForm, invalidate, invalidForms } from '../../../src/source/sessions/invalid.ts';
import { malform, malformedForms } from '../../../src/source/sessions/malformed.ts';
import { SessionSource } from '../../../src/source/sessions/session-source.ts';
import { TruthFile } from '../../../src/source/sessions/truth.ts';
import { rangeOf } from './played-records.ts';
import { hourMs, monday, sampleReference, sampleSource } from './sample-service.ts';

const injection = {
  late: { share: 0.06, minDelayMs: 600_000, maxDelayMs: hourMs },
  outOfOrder: { share: 0.05 },
  duplicated: { share: 0.04, maxDelayMs: 120_000 },
  conflicting: { share: 0.03, maxDelayMs: 120_000 },
  malformed: { share: 0.02 },
  invalid: { share: 0.02 },
};
const range = { fromMs: monday, toMs: monday + 12 * hourMs };

interface Line {
  readonly kind: string;
  readonly injected: string;
  readonly source: string;
  readonly sequence: string;
  readonly eventId: string;
  readonly eventTime: string;
  readonly arrival: string;
  readonly [count: string]: unknown;
}

function simulate() {
  const lines: Line[] = [];
  const truth = new TruthFile({ source: 'sample.viewers', seed: 7, ...range, incidents: [] }, (line) =>
    lines.push(JSON.parse(line)),
  );
  const source = new SessionSource(
    { address: 'sample.viewers', definition: sampleSource, injection },
    sampleReference(),
    truth,
  );
  const records = new Map<string, { readonly text: string; readonly arrivalMs: number }>();
  for (const { source: name, firstSequence, batch } of rangeOf(source, range.fromMs, range.toMs)) {
    for (let i = 0; i < batch.count; i += 1) {
      const text = Buffer.from(valueAt(batch, i)).toString('latin1');
      records.set(`${name} ${firstSequence + BigInt(i)}`, { text, arrivalMs: batch.arrivalMs[i] ?? 0 });
    }
  }
  return { records, totals: truth.end(), lines };
}

const { records, totals, lines } = simulate();
const injected = lines.filter(({ kind }) => kind === 'record');
const of = (what: string): Line[] => injected.filter((line) => line.injected === what);
const recordOf = ({ source, sequence }: Line) => records.get(`${source} ${sequence}`);

describe('truth file', () => {
  it('adds up: totals are the hours, the records that were sent, and the lines', () => {
    const { byVariant } = totals;
    assert.equal(totals.records, records.size);
    const distinct = byVariant.clean + byVariant.late + byVariant['out-of-order'];
    assert.equal(totals.events, distinct);
    for (const variant of ['late', 'out-of-order', 'duplicate', 'conflict', 'malformed', 'invalid'] as const) {
      assert.equal(of(variant).length, byVariant[variant]);
      assert.ok(byVariant[variant] > 10, `${variant}: ${byVariant[variant]}`);
    }
    const hours = lines.filter(({ kind }) => kind === 'arrival-hour');
    assert.equal(
      hours.reduce((sum, line) => sum + Number(line['clean']), 0),
      byVariant.clean,
    );
    const events = lines.filter(({ kind }) => kind === 'event-hour');
    assert.equal(
      events.reduce((sum, line) => sum + Number(line['events']), 0),
      totals.events,
    );
    assert.equal(lines.at(-1)?.['records'], records.size);
  });

  it('names each injected record by the identity that it has in the log', () => {
    for (const line of injected) {
      const record = recordOf(line);
      assert.equal(record?.arrivalMs, Date.parse(line.arrival));
      if (line.injected === 'malformed') continue;
      const parsed: { id: string; at: number } = JSON.parse(record.text);
      assert.deepEqual([parsed.id, parsed.at], [line.eventId, Date.parse(line.eventTime)]);
    }
  });

  it('says what was done: delays are real, duplicates equal bytes, conflicts other bytes under one id', () => {
    for (const line of of('late')) {
      const delayMs = Date.parse(line.arrival) - Date.parse(line.eventTime);
      assert.ok(delayMs >= 600_000 && delayMs <= hourMs, `${delayMs} ms late`);
    }
    const texts = Map.groupBy(
      [...records.values()].map(({ text }) => text),
      (text) => /"id":"(p-[0-9a-f]{16})"/.exec(text)?.[1] ?? '',
    );
    const early = (line: Line): boolean => Date.parse(line.arrival) < monday + 2 * hourMs;
    for (const line of of('duplicate').filter((each) => !early(each))) {
      const same = texts.get(line.eventId)?.filter((text) => text === recordOf(line)?.text);
      assert.ok((same?.length ?? 0) >= 2, 'a duplicate without its original');
    }
    for (const line of of('conflict').filter((each) => !early(each))) {
      assert.ok(new Set(texts.get(line.eventId)).size >= 2, 'a conflict without its original');
    }
  });

  it('an event that was overtaken arrives after the next one of its session', () => {
    const bySession = Map.groupBy(
      [...records.values()].filter(({ text }) => isJson(text)),
      ({ text }) => (JSON.parse(text) as { session: string }).session,
    );
    const overtaken = [...bySession.values()].filter((events) =>
      events.some((event, i) => i > 0 && at(event.text) < at(events[i - 1]?.text ?? '')),
    );
    assert.ok(overtaken.length > 10);
  });

  it('every malformed record is broken, in the way that it says', () => {
    const seen = new Set<unknown>();
    for (const line of of('malformed')) {
      seen.add(line['form']);
      const bytes = Buffer.from(recordOf(line)?.text ?? '', 'latin1');
      assert.equal(bytes.indexOf(10), bytes.length - 1, 'one line');
      assert.ok(isBroken(bytes, String(line['form'])), `${line['form']}: ${bytes}`);
    }
    assert.deepEqual([...seen].sort(), [...malformedForms].sort());
  });

  it('every invalid record is an object that breaks a rule, and else the record that it is a copy of', () => {
    const titles = new Set(sampleReference().titles.ids);
    const seen = new Set<unknown>();
    for (const line of of('invalid')) {
      seen.add(line['form']);
      const { schema, work }: { schema: unknown; work: { id: string } } = JSON.parse(recordOf(line)?.text ?? '');
      assert.deepEqual([schema, titles.has(work.id)], line['form'] === 'wrong-type' ? ['n/a', true] : [3, false]);
    }
    assert.deepEqual([...seen].sort(), [...invalidForms].sort());
  });

  it('makes a record invalid in the other way where it has no number, or no title', () => {
    const invalid = (record: string, form: InvalidForm): string =>
      Buffer.from(invalidate(Buffer.from(record), form, 'W1', new Set(['W1', 'W2']))).toString();
    assert.equal(invalid('{"of":"W1"}\n', 'wrong-type'), '{"of":"W0"}\n');
    assert.equal(invalid('{"n":-1.5,"at":"13:05"}\n', 'unknown-title'), '{"n":"n/a","at":"13:05"}\n');
  });

  it('breaks even the smallest record', () => {
    for (const form of malformedForms) {
      const broken = Buffer.from(malform(Buffer.from('{"a":1}\n'), form));
      assert.ok(isBroken(broken, form), `${form}: ${broken}`);
    }
  });
});

const at = (text: string): number => (JSON.parse(text) as { at: number }).at;

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return !/"schema":0\}/.test(text);
  } catch {
    return false;
  }
}

function isBroken(bytes: Buffer, form: string): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return true;
    return form === 'duplicate-key' ? /,"\w+":0\}\n$/.test(text) : /\\ud800/.test(text);
  } catch {
    return true;
  }
}
