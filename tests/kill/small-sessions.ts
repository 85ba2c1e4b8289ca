import type { Effects } from '../../src/base/effects.ts';
import { type TableDefinition, table } from '../../src/catalog/definition.ts';
import { defineRecord } from '../../src/record/define-record.ts';
import { field } from '../../src/record/field.ts';
import { seedTable } from '../../src/source/definition.ts';
import { type BoundSessions, openSessions } from '../../src/source/open-sessions.ts';
import { produceSessions } from '../../src/source/produce-sessions.ts';
import { type BoundSeedTable, runSeedTable, type SeedTablePorts } from '../../src/source/seed-table.ts';
import { type SessionSource, slotMs } from '../../src/source/sessions/session-source.ts';
import type { TruthSink } from '../../src/source/sessions/truth.ts';
import type { Stream } from '../../src/stream/stream.ts';
import { sampleSource } from '../source/sessions/sample-service.ts';
import { type TrueRecord, ticks } from './small-stream.ts';

const startMs = Date.UTC(2025, 7, 11, 20);

const households = referenceTable('households', {
  household: field.string(),
  plan: field.string(),
  land: field.string(),
  zone: field.string(),
  subscribed: field.boolean(),
  likes: field.list(field.string()),
  since: field.date(),
  seen: field.date(),
});

const works = referenceTable('works', {
  work: field.string(),
  form: field.string(),
  genre: field.string(),
  minutes: field.int(),
  score: field.int(),
});

const references: readonly BoundSeedTable[] = [
  reference(
    households,
    200,
    `SELECT 'H' || i AS household, CASE WHEN i % 5 < 3 THEN 'solo' ELSE 'family' END AS plan, 'Freedonia' AS land,
       'Europe/Berlin' AS zone, true AS subscribed, ['art'] AS likes, $as_of - CAST(i AS INT) AS since,
       $as_of - CAST(i % 30 AS INT) AS seen
     FROM range($rows) AS numbered(i)`,
  ),
  reference(
    works,
    40,
    `SELECT 'W' || i AS work, CASE WHEN i % 2 = 0 THEN 'film' ELSE 'episode' END AS form,
       ['art', 'fun'][1 + i % 2] AS genre, CAST(30 + i AS INT) AS minutes, CAST(i AS INT) AS score
     FROM range($rows) AS numbered(i)`,
  ),
];

const viewing: BoundSessions = {
  address: 'kill.viewers',
  definition: {
    ...sampleSource,
    into: 'kill.ticks',
    fields: { id: { fact: 'event.id', prefix: 's-' }, at: 'event.time', seconds: 'watch.seconds' },
  },
  viewers: { table: households },
  titles: { table: works },
};

/** About eleven events in each slot of five minutes, some late, some sent twice, some followed by a broken copy. */
const options = {
  rate: 0.03,
  injection: {
    late: { share: 0.1, minDelayMs: 600_000, maxDelayMs: 3_600_000 },
    duplicated: { share: 0.1, maxDelayMs: 900_000 },
    malformed: { share: 0.1 },
  },
};

/**
 * The generator: makes its reference tables where they are not there, then simulates `slots` slots of five minutes into the
 * stream from the first on. What the log has of them is sent again, and adds nothing.
 */
export async function generate(log: Stream, ports: SeedTablePorts, slots: number, effects: Effects): Promise<void> {
  if (slots === 0) return;
  for (const each of references) await runSeedTable(each, ports, effects);
  const range = { fromMs: startMs, toMs: startMs + slots * slotMs };
  await produceSessions(await openSessions(viewing, ports, options), log, ticks.topic, range);
}

/** The records of the first `slots` slots, and which of them the simulator says that it broke. */
export async function trueEvents(ports: SeedTablePorts, slots: number): Promise<readonly TrueRecord[]> {
  if (slots === 0) return [];
  const brokenOnes = new Set<string>();
  const truth: TruthSink = {
    injected: ({ injected, source, sequence }) => {
      if (injected === 'malformed') brokenOnes.add(`${source} ${sequence}`);
    },
    arrived: () => {},
    tookPlace: () => {},
  };
  const source = await openSessions(viewing, ports, options, truth);
  return Array.from({ length: slots }, (_, slot) => linesOf(source, slot))
    .flat()
    .map(({ name, line }) => ({ line, broken: brokenOnes.has(name) }));
}

function linesOf(source: SessionSource, slot: number): { name: string; line: string }[] {
  return [...source.slot(startMs + slot * slotMs)].flatMap(({ source: name, firstSequence, batch }) => {
    const lines = Buffer.from(batch.values).toString('latin1').split('\n').slice(0, -1);
    return lines.map((line, i) => ({ name: `${name} ${firstSequence + BigInt(i)}`, line }));
  });
}

function referenceTable(name: string, fields: Parameters<typeof defineRecord>[1]['fields']): TableDefinition {
  return table({
    database: 'kill',
    name,
    record: defineRecord(name, { fields }),
    location: `reference/${name}/`,
    format: 'parquet',
  });
}

function reference(target: TableDefinition, rows: number, text: string): BoundSeedTable {
  const path = `${target.name}.sql`;
  return {
    name: `kill.make-${target.name}`,
    definition: seedTable({ into: `kill.${target.name}`, sql: { text, path }, rows, seed: 1, asOf: '2025-08-11' }),
    target,
  };
}
