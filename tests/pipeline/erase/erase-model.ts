import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isPlayheadError } from '../../../src/base/errors.ts';
import { byHour, check, days, defineRecord, field, lifecycle, minutes, seconds } from '../../../src/index.ts';
import { addressed } from '../../../src/pipeline/graph/address.ts';
import { replayQuarantine } from '../../../src/pipeline/quarantine/replay-quarantine.ts';
import { openTestPipeline, type TestPipeline } from '../../../src/testing/index.ts';
import { engineBeside, erase, peoplePipeline } from './erasing.ts';

const visits = peoplePipeline({
  name: 'web',
  record: defineRecord('visit', {
    fields: { id: field.string(), at: field.timestamp(), visitor: field.string(), score: field.double() },
  }),
  key: 'id',
  sql: 'SELECT * FROM web.landed',
  partitions: { year: 'int', month: 'int', day: 'int', hour: 'int' },
  delivery: {
    prefix: 'landing/year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/',
  },
  job: { incremental: byHour('at'), checks: [check.range('score', { max: 5 })] },
  lifecycle: {
    'age-raw': lifecycle([{ id: 'landed', prefix: 'landing/', expirationDays: 1 }]),
    'age-table': lifecycle([{ id: 'curated', prefix: 'curated/', expirationDays: 1 }]),
  },
});

const people = ['visitor-anna-01', 'visitor-bert-02', 'visitor-cleo-03'] as const;

type Step =
  | {
      readonly does: 'send';
      readonly id: number;
      readonly person: number;
      readonly score: number;
      readonly ago: number;
    }
  | { readonly does: 'deliver' }
  | { readonly does: 'run' }
  | { readonly does: 'replay' }
  | { readonly does: 'age'; readonly lifecycle: 'age-raw' | 'age-table' }
  | { readonly does: 'erase'; readonly person: number };

const send = fc.record({
  does: fc.constant('send' as const),
  // Few ids: repetitions and conflicts of keys are common.
  id: fc.integer({ min: 0, max: 5 }),
  person: fc.integer({ min: 0, max: people.length - 1 }),
  score: fc.constantFrom(1, 2, 9),
  ago: fc.integer({ min: 0, max: 2 }),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: send },
  {
    weight: 6,
    arbitrary: fc.constantFrom<Step>({ does: 'deliver' }, { does: 'run' }, { does: 'replay' }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Step>({ does: 'age', lifecycle: 'age-raw' }, { does: 'age', lifecycle: 'age-table' }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('erase' as const),
      person: fc.integer({ min: 0, max: people.length - 1 }),
    }),
  },
);

const sent = (id: number, person: number, score: number, ago: number): Step => ({
  does: 'send',
  id,
  person,
  score,
  ago,
});
const carried: readonly Step[] = [{ does: 'deliver' }, { does: 'run' }];

/** Orders that went wrong once. */
const examples: [Step[]][] = [
  [
    // A replay's commit names the objects that the erasure changes, as the commit that read them does.
    [
      ...[sent(0, 1, 9, 1), sent(1, 0, 1, 0), sent(2, 1, 1, 0), sent(3, 0, 9, 1), ...carried],
      ...([{ does: 'replay' }, { does: 'erase', person: 0 }] as const),
      ...[sent(4, 1, 1, 0), sent(5, 2, 1, 1), ...carried],
    ],
  ],
  // What a lifecycle took before: the objects that were read, or what was made of them.
  ...(['age-raw', 'age-table'] as const).map((taken): [Step[]] => [
    [
      ...[sent(0, 0, 1, 0), sent(1, 1, 1, 0), sent(0, 0, 1, 0), sent(2, 0, 9, 0), ...carried],
      ...([
        { does: 'age', lifecycle: taken },
        { does: 'erase', person: 0 },
      ] as const),
    ],
  ]),
];

/** Whatever was done before it and is done after it, an erasure leaves nothing of the person, and every record is accounted for. */
export async function eraseModel(runs: number, seed: number): Promise<void> {
  const steps = fc.array(step, { minLength: 12, maxLength: 30 });
  await fc.assert(fc.asyncProperty(steps, hold), { numRuns: examples.length + runs, seed, examples });
}

async function hold(steps: readonly Step[]): Promise<void> {
  await using lake = await openTestPipeline(visits, { now: '2025-08-11T12:30:00Z', schedules: [] });
  const erased = new Set<string>();
  for (const each of steps) {
    await take(lake, each, erased);
    const [account] = await lake.ledger();
    const negative = Object.entries(account ?? {}).filter(([, value]) => typeof value === 'number' && value < 0);
    assert.deepEqual([account?.missing, account?.problems, negative], [0, [], []], JSON.stringify(each));
    if (erased.size === 0) continue;
    const visitors = 'SELECT visitor FROM web.landed UNION SELECT visitor FROM web.curated';
    for (const { visitor } of await lake.rows(visitors))
      assert.ok(!erased.has(String(visitor)), `${visitor} is there after ${JSON.stringify(each)}`);
  }
}

async function take(lake: TestPipeline, each: Step, erased: Set<string>): Promise<void> {
  if (each.does === 'send') {
    const at = new Date(lake.clock.now() - each.ago * 3_600_000).toISOString();
    const day = at.slice(0, 10);
    const { id, person, score } = each;
    await lake.produce('events', [
      { id: `${day}-${id}`, at: `${at.slice(0, 13)}:00:00Z`, visitor: people[person], score },
    ]);
  } else if (each.does === 'deliver') await lake.deliver();
  else if (each.does === 'run') await lake.run('curate');
  else if (each.does === 'replay') await replay(lake);
  else if (each.does === 'age') {
    await lake.clock.advance(days(3));
    await lake.run(each.lifecycle);
  } else if (await isErased(lake, people[each.person] ?? '')) erased.add(people[each.person] ?? '');
  // What is sent together comes to lie in one object.
  await lake.clock.advance(each.does === 'send' ? seconds(2) : minutes(1));
}

async function replay(lake: TestPipeline): Promise<void> {
  await using engine = engineBeside(lake, visits);
  const [job] = addressed([visits], 'job');
  assert.ok(job !== undefined);
  const repair = { assignments: [{ column: 'score', expression: '3' }] };
  await replayQuarantine(engine, job, repair, new AbortController().signal);
}

async function isErased(lake: TestPipeline, person: string): Promise<boolean> {
  await using engine = engineBeside(lake, visits);
  try {
    const { certificate } = await erase(engine, 'visitor', person);
    assert.deepEqual(certificate.verification.findings, []);
    return true;
  } catch (error) {
    if (isPlayheadError(error, 'PH_PERSON_UNKNOWN')) return false;
    throw error;
  }
}
