import type { Effects } from '../../src/base/effects.ts';
import { type BoundSessions, openSessions } from '../../src/source/open-sessions.ts';
import { produceSessions } from '../../src/source/produce-sessions.ts';
import { type BoundSeedTable, runSeedTable, type SeedTablePorts } from '../../src/source/seed-table.ts';
import { type SessionSource, slotMs } from '../../src/source/sessions/session-source.ts';
import type { TruthSink } from '../../src/source/sessions/truth.ts';
import type { Stream } from '../../src/stream/stream.ts';
import { sampleSource } from '../source/sessions/sample-service.ts';
import { sampleSeed, sampleTable } from '../source/sessions/sample-tables.ts';
import { type TrueRecord, ticks } from './small-stream.ts';

const startMs = Date.UTC(2025, 7, 11, 20);

const references = (['households', 'works'] as const).map(
  (name): BoundSeedTable => ({
    name: `kill.make-${name}`,
    definition: sampleSeed(`kill.${name}`, name),
    target: sampleTable('kill', name),
  }),
);

const viewing: BoundSessions = {
  address: 'kill.viewers',
  definition: {
    ...sampleSource,
    into: 'kill.ticks',
    fields: { id: { fact: 'event.id', prefix: 's-' }, at: 'event.time', seconds: 'watch.seconds' },
  },
  viewers: { table: sampleTable('kill', 'households') },
  titles: { table: sampleTable('kill', 'works') },
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
