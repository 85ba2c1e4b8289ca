import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acme } from '../pipelines/acme/index.ts';
import { type Effects, systemEffects } from '../src/base/effects.ts';
import { openDuck } from '../src/duck/duck.ts';
import type { SessionsSource } from '../src/source/definition.ts';
import { readReference } from '../src/source/read-reference.ts';
import { seedSql } from '../src/source/seed-table.ts';
import { rowWord, rowWords } from '../src/source/sessions/event-rows.ts';
import { piecesOf } from '../src/source/sessions/record-program.ts';
import { RecordRenderer, rowsFetched } from '../src/source/sessions/record-renderer.ts';
import type { Reference } from '../src/source/sessions/reference.ts';
import { SessionSimulator } from '../src/source/sessions/session-simulator.ts';
import { SessionSource, slotMs } from '../src/source/sessions/session-source.ts';
import type { Figure } from './figure.ts';

const monday = Date.UTC(2025, 7, 11);

/**
 * Events a CPU second (of all threads, the collector's too: a shared machine's wall clock says nothing) of the whole simulator, as batches that are ready to append; then of its parts: session logic alone,
 * rendering alone, and rendering against a copy of as many prepared bytes, which nothing in JavaScript beats.
 */
export async function benchSimulator(
  settings: { readonly hours?: number; readonly customers?: number } = {},
  effects: Effects = systemEffects(),
): Promise<readonly Figure[]> {
  const { hours = 24, customers = 100_000 } = settings;
  const definition = viewers();
  const slots = (hours * 3_600_000) / slotMs;
  const timed = <T>(work: () => T): [result: T, seconds: number] => {
    const before = process.cpuUsage();
    const result = work();
    const { user, system } = process.cpuUsage(before);
    return [result, (user + system) / 1e6];
  };
  const reading = effects.clock.monotonicMs();
  const reference = await readAcme(definition, customers);
  const readS = (effects.clock.monotonicMs() - reading) / 1000;
  const [source, openS] = timed(
    () => new SessionSource({ address: 'acme.viewers', definition, key: 'customer_id' }, reference),
  );
  const [events, wholeS] = timed(() => {
    let count = 0;
    for (let slot = 0; slot < slots; slot += 1) {
      for (const { batch } of source.slot(monday + slot * slotMs)) {
        count += batch.count;
        source.giveBack(batch);
      }
    }
    return count;
  });
  const parts = simulateInParts(definition, reference, slots, timed);
  const rate = (seconds: number): number => Math.round(events / seconds);
  return [
    { name: 'whole: sessions to batches', value: rate(wholeS), unit: 'events/s', better: 'higher', target: 500_000 },
    { name: 'session logic alone', value: rate(parts.logicS), unit: 'events/s', better: 'higher' },
    { name: 'rendering alone', value: rate(parts.renderS), unit: 'events/s', better: 'higher' },
    { name: 'rendering', value: Math.round(parts.bytes / parts.renderS / 1e6), unit: 'MB/s', better: 'higher' },
    { name: 'a plain copy of prepared bytes', value: rate(parts.copyS), unit: 'events/s', better: 'higher' },
    { name: 'rendering against the plain copy', value: parts.renderS / parts.copyS, unit: '×', better: 'lower' },
    { name: 'bytes an event', value: parts.bytes / events, unit: 'B', better: 'lower' },
    { name: 'events', value: events, unit: '', better: 'higher' },
    { name: 'making and reading the reference data', value: readS, unit: 's', better: 'lower' },
    { name: 'setting up', value: openS, unit: 's', better: 'lower' },
  ];
}

/** Logic and rendering slot by slot as they alternate in earnest, each timed by itself. */
function simulateInParts(
  definition: SessionsSource,
  reference: Reference,
  slots: number,
  timed: <T>(work: () => T) => [T, number],
) {
  const { seed, model, eventsPerDay } = definition;
  const simulator = new SessionSimulator(
    { seed, model, eventsPerDay, flat: false, injection: {}, slotMs, identity: 0 },
    reference,
  );
  const { audience, planner, ids, live } = simulator;
  const { vocabulary } = planner.compiled;
  const sources = { reference, vocabulary, addresses: audience.addresses, isps: audience.isps };
  const renderer = new RecordRenderer(piecesOf(definition.fields, 'customer_id', sources), sources, ids.event, live);
  let out = new Uint8Array(1 << 24);
  const prepared = new DataView(new ArrayBuffer(1 << 16));
  const sum = { logicS: 0, renderS: 0, copyS: 0, bytes: 0 };
  for (let slot = monday / slotMs; slot < monday / slotMs + slots; slot += 1) {
    const [{ rows, order, startMs }, logicS] = timed(() => simulator.events(slot));
    if (order.length * renderer.maxBytes > out.length) out = new Uint8Array(order.length * renderer.maxBytes * 2);
    const [end, renderS] = timed(() => {
      let at = 0;
      for (const [i, number] of order.entries()) {
        if (i % rowsFetched === 0) renderer.fetch(rows.words, order, i, Math.min(order.length, i + rowsFetched));
        const row = number * rowWords;
        at = renderer.render(out, at, startMs, rows.words, row);
        live.release(rows.words[row + rowWord.session] ?? 0, 1);
      }
      return at;
    });
    const [, copyS] = timed(() => copyPrepared(out, prepared, end / Math.max(1, order.length), order.length));
    sum.logicS += logicS;
    sum.renderS += renderS;
    sum.copyS += copyS;
    sum.bytes += end;
  }
  return sum;
}

/** As many bytes as the events have, from a source that stays in the processor's cache, in words of four. */
function copyPrepared(out: Uint8Array, prepared: DataView, bytesPerEvent: number, events: number): void {
  const view = new DataView(out.buffer);
  const size = Math.floor(bytesPerEvent / 4) * 4;
  for (let event = 0; event < events; event += 1) {
    const at = event * size;
    for (let i = 0; i < size; i += 4) view.setInt32(at + i, prepared.getInt32(i, true), true);
  }
}

function viewers(): SessionsSource {
  const source = acme.sources['viewers'];
  if (source?.source !== 'sessions') throw new Error('acme.viewers simulates no sessions');
  return source;
}

async function readAcme(definition: SessionsSource, customers: number): Promise<Reference> {
  const temporaryDirectory = await mkdtemp(join(tmpdir(), 'playhead-bench-simulator-'));
  const duck = await openDuck({ memoryBytes: 512 * 1024 ** 2, threads: 2, temporaryDirectory });
  try {
    await using session = await duck.connect();
    const relation = (name: string, rows?: number): string => {
      const source = acme.sources[name];
      if (source?.source !== 'seed-table') throw new Error(`acme.${name} makes no table`);
      return `(${seedSql({ ...source, rows: rows ?? source.rows })})`;
    };
    return await readReference(session, definition, {
      viewers: relation('make-customers', customers),
      titles: relation('make-titles'),
    });
  } finally {
    await duck.close();
    await rm(temporaryDirectory, { recursive: true, force: true });
  }
}
