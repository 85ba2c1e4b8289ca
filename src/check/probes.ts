import { formatCount, formatDuration } from '../base/units.ts';
import { openSeries } from '../commit/series.ts';
import { deliveryState } from '../delivery/state.ts';
import { type Addressed, addressed, resolveAddress } from '../pipeline/address.ts';
import { readApplied } from '../pipeline/apply.ts';
import type { Engine } from '../pipeline/bind.ts';
import { planChanges } from '../pipeline/plan.ts';
import { boundJob } from '../pipeline/run-job.ts';
import { deliverySubject } from '../pipeline/subject.ts';
import { contributorsOf, writerOf } from '../pipeline/writers.ts';
import type { JobCommit, JobPlan } from '../transform/job-plan.ts';
import type { Link, Probe } from './doctor.ts';
import { arrivalNow, freshnessOf } from './freshness.ts';

const definitions: Probe = async (engine, pipeline) => {
  const changes = planChanges(await readApplied(engine), [pipeline]);
  const refused = changes.filter(({ change }) => change === 'incompatible');
  const link = { kind: 'definitions', address: pipeline.name } as const;
  if (refused.length === 0) {
    const waiting = changes.length === 0 ? 'applied' : `valid; ${changes.length} changes wait for the next command`;
    return [{ ...link, ok: true, finding: waiting }];
  }
  const first = `${refused[0]?.address}: ${refused[0]?.what[0]}`;
  return [{ ...link, ok: false, finding: `incompatible with what is applied: ${first}`, remedy: 'playhead plan' }];
};

/** Reference tables: without them, a simulator has nobody to simulate. */
const reference: Probe = async (engine, pipeline) => {
  const links: Link[] = [];
  for (const { address, definition } of addressed([pipeline], 'source')) {
    if (definition.source !== 'seed-table') continue;
    const table = resolveAddress(engine.pipelines, definition.into, ['table'], pipeline.name);
    const rows = await rowsOf(engine, table);
    links.push({
      kind: 'reference',
      address,
      ok: rows > 0,
      finding: rows > 0 ? `${formatCount(rows)} rows in ${nameOf(table)}` : `${nameOf(table)} is empty`,
      ...(rows > 0 ? {} : { remedy: `playhead run ${address}` }),
    });
  }
  return links;
};

/** Streams, and the sources that fill them: a stream that took nothing is the fault of what should fill it. */
const streams: Probe = async (engine, pipeline) => {
  const stream = await engine.stream();
  const runs = (await engine.runs()).lastOfEach();
  const links: Link[] = [];
  for (const { address, definition } of addressed([pipeline], 'stream')) {
    const topic = await stream.describe(definition.topic);
    const ever = topic?.state.some(({ end }) => end > 0n) ?? false;
    const sources = addressed([pipeline], 'source').filter(
      (source) =>
        resolveAddress(engine.pipelines, source.definition.into, ['table', 'stream'], pipeline.name).address ===
        address,
    );
    for (const source of sources) {
      const last = runs.find((run) => run.address === source.address);
      const failed = last?.outcome === 'failed' || last?.outcome === 'lost';
      const ran = last === undefined ? 'never ran' : `last run ${last.outcome}`;
      links.push({
        kind: 'source',
        address: source.address,
        ok: ever && !failed,
        finding: failed ? `${ran}: ${last.error?.message ?? ''}` : ever ? ran : `${ran}, and sent nothing`,
        ...(ever && !failed
          ? {}
          : { remedy: failed ? `playhead logs ${source.address}` : `playhead run ${source.address}` }),
      });
    }
    const held = topic?.state.reduce((sum, { count }) => sum + count, 0) ?? 0;
    links.push({
      kind: 'stream',
      address,
      ok: ever,
      finding:
        topic === undefined
          ? `the topic ${definition.topic} is not there yet`
          : ever
            ? `${formatCount(held)} records`
            : 'took no record yet',
      ...(ever
        ? {}
        : {
            remedy:
              sources[0] === undefined
                ? `playhead produce ${address} --file FILE`
                : `playhead run ${sources[0].address}`,
          }),
    });
  }
  return links;
};

const deliveries: Probe = async (engine, pipeline) => {
  const ports = { stream: await engine.stream(), lake: await engine.lake() };
  const links: Link[] = [];
  for (const entry of addressed([pipeline], 'delivery')) {
    const subject = deliverySubject(engine.pipelines, entry);
    const { pendingRecords, lastFlush, gaps } = await deliveryState(subject, ports, engine.effects);
    const topic = await ports.stream.describe(subject.stream.topic);
    const now = topic === undefined ? undefined : arrivalNow(topic, engine.effects.clock.now());
    const link = { kind: 'delivery', address: entry.address } as const;
    const remedy = `playhead deliver ${entry.address} --drain`;
    if (gaps.length > 0) {
      const finding = `the log lost records of ${gaps.length} partitions before they were delivered`;
      links.push({ ...link, ok: false, finding, remedy: `playhead deliver ${entry.address} --accept-loss` });
    } else if (lastFlush === undefined) {
      links.push({ ...link, ok: false, finding: `never flushed; ${formatCount(pendingRecords)} records wait`, remedy });
    } else {
      const lag = Math.max(0, (now ?? lastFlush.newestArrivalMs) - lastFlush.newestArrivalMs);
      // Nothing waits: that nothing new came is the source's matter, and not a delay of the delivery.
      const ok = pendingRecords === 0 || freshnessOf(lag) !== 'DELAYED';
      const finding = `${formatCount(pendingRecords)} records wait; the newest delivered one is ${formatDuration(lag)} old`;
      links.push({ ...link, ok, finding, ...(ok ? {} : { remedy }) });
    }
  }
  return links;
};

/** Every table that something writes: are its commits registered, and are there partitions? */
const catalogued: Probe = async (engine, pipeline) => {
  const [lake, catalog] = [await engine.lake(), await engine.catalog()];
  const links: Link[] = [];
  for (const table of addressed([pipeline], 'table')) {
    const writer = writerOf(engine.pipelines, table.address);
    if (writer?.kind !== 'delivery') continue;
    const { database, name } = table.definition;
    const link = { kind: 'catalog', address: table.address } as const;
    const remedy = `playhead deliver ${writer.address} --drain`;
    if ((await catalog.table(database, name)) === undefined) {
      links.push({ ...link, ok: false, finding: `${nameOf(table)} is not in the catalog`, remedy });
      continue;
    }
    let behind = 0;
    for (const { series } of await contributorsOf(engine.pipelines, table.address, table.definition, lake)) {
      const { next } = await openSeries(lake, series, engine.effects).head();
      behind += next - 1 - (await catalog.registeredUpTo(database, name, series));
    }
    const partitions = (await catalog.partitions(database, name)).length;
    const rows = await rowsOf(engine, table);
    const ok = behind === 0 && rows > 0;
    const finding =
      behind > 0
        ? `${behind} commits are not registered`
        : `${formatCount(partitions)} partitions, ${formatCount(rows)} rows`;
    links.push({ ...link, ok, finding, ...(ok ? {} : { remedy }) });
  }
  return links;
};

const jobs: Probe = async (engine, pipeline) => {
  const lake = await engine.lake();
  const links: Link[] = [];
  for (const entry of addressed([pipeline], 'job')) {
    const job = await boundJob(engine, entry);
    const { last } = await openSeries<JobPlan, JobCommit>(lake, entry.address, engine.effects).head();
    let behind = 0;
    for (const { series } of job.input.series) {
      const { next } = await openSeries(lake, series, engine.effects).head();
      behind += next - (last?.positions[series] ?? 0);
    }
    const failed = (await engine.runs()).recent({ address: entry.address, limit: 1 })[0];
    const broken = failed?.outcome === 'failed' || failed?.outcome === 'lost';
    const ok = last !== undefined && !broken;
    const finding = broken
      ? `last run ${failed.outcome}: ${failed.error?.message ?? ''}`
      : last === undefined
        ? 'never ran'
        : `${formatCount(behind)} commits of its input are not in yet`;
    links.push({
      kind: 'job',
      address: entry.address,
      ok,
      finding,
      ...(ok ? {} : { remedy: broken ? `playhead logs ${entry.address}` : `playhead run ${entry.address}` }),
    });
  }
  return links;
};

/** In the order in which records pass. */
export const probes: readonly Probe[] = [definitions, reference, streams, deliveries, catalogued, jobs];

async function rowsOf(engine: Engine, { definition }: Addressed<'table'>): Promise<number> {
  const catalog = await engine.catalog();
  if ((await catalog.table(definition.database, definition.name)) === undefined) return 0;
  return (await catalog.objects(definition.database, definition.name)).reduce((sum, { rows }) => sum + rows, 0);
}

function nameOf({ definition }: Addressed<'table'>): string {
  return `${definition.database}.${definition.name}`;
}
