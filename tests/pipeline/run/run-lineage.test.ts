import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { testEffects } from '../../../src/base/effects.ts';
import { isPlayheadError } from '../../../src/base/errors.ts';
import { sqlJob } from '../../../src/index.ts';
import { jobEvent, lineageFor, type RunEvent } from '../../../src/observe/open-lineage/event.ts';
import { applyDefinitions } from '../../../src/pipeline/apply/apply.ts';
import type { PipelineDefinition } from '../../../src/pipeline/definition.ts';
import { type Engine, openEngine } from '../../../src/pipeline/engine/bind.ts';
import { embeddedProfile } from '../../../src/pipeline/engine/profile.ts';
import { lineageOf } from '../../../src/pipeline/graph/lineage.ts';
import { engineRunner } from '../../../src/pipeline/run/handlers.ts';
import { produceNdjson } from '../../../src/source/ndjson.ts';
import { openLineages } from '../../../src/sql/lineage-cache.ts';
import { columnSteps } from '../../../src/transform/lineage/graph.ts';
import { jobEventFaults, runEventFaults } from '../../observe/open-lineage/specification.ts';
import { openSink } from '../../observe/sink.ts';
import { shop, shopSections } from '../shop.ts';

const pipeline: PipelineDefinition = shop({
  queries: {
    big: {
      kind: 'query',
      title: 'Big orders',
      description: '',
      sql: "SELECT date(placed_at) AS day, sum(amount) AS total FROM orders WHERE order_id <> '' GROUP BY 1",
      sqlPath: 'big.sql',
    },
  },
});
const unaborted = new AbortController().signal;
const effects = testEffects();

describe('lineage of a pipeline', () => {
  const folder = mkdtempSync(join(tmpdir(), 'playhead-graph-'));
  after(() => rmSync(folder, { recursive: true }));

  it('goes from the stream to the answers, by columns', async () => {
    const graph = await lineageOf([pipeline], openLineages(folder, effects));
    const steps = (dataset: string, column: string, direction: 'upstream' | 'downstream'): string[] =>
      columnSteps(graph, { dataset, column }, direction).map(
        ({ process, next, how }) => `${process.id} ${next.dataset}.${next.column ?? '*'} ${how}`,
      );
    assert.deepEqual(steps('shop.curated', 'amount', 'upstream'), ['shop.curate shop.landing.amount identity']);
    assert.deepEqual(steps('shop.landing', 'amount', 'upstream'), ['shop.deliver shop.orders.amount identity']);
    assert.deepEqual(steps('shop.curated', 'amount', 'downstream'), ['shop.big shop.big.total aggregation']);
    assert.deepEqual(steps('shop.curated', 'order_id', 'downstream'), ['shop.big shop.big.* filter']);
    assert.deepEqual(steps('shop.landing', 'order_id', 'downstream'), [
      'shop.curate shop.curated.order_id identity',
      'shop.curate shop.curated.* filter',
    ]);
    assert.deepEqual(steps('shop.curated', 'placed_at', 'downstream'), [
      'shop.big shop.big.day transformation',
      'shop.big shop.big.* group',
    ]);
    for (const { id } of graph.processes) {
      const lineage = lineageFor(graph, id);
      assert.deepEqual(lineage && jobEventFaults(jobEvent('playhead', lineage, 0)), [], id);
    }
  });
});

it('names every dataset that one source writes, and each once', () => {
  const dataset = (id: string) => ({ id, kind: 'table' as const, name: id, columns: {} });
  const writing = (output: string) => {
    return { id: 'shop.ask', kind: 'source' as const, inputs: ['shop.seeds'], output, columns: {}, uses: [] };
  };
  const graph = {
    datasets: ['shop.seeds', 'shop.shows', 'shop.genres', 'shop.other'].map(dataset),
    processes: [writing('shop.shows'), writing('shop.genres')],
  };
  const lineage = lineageFor(graph, 'shop.ask');
  const told = lineage && jobEvent('playhead', lineage, 0);
  assert.deepEqual(
    [told?.inputs, told?.outputs].map((ends) => ends?.map(({ name }) => name)),
    [['shop.seeds'], ['shop.shows', 'shop.genres']],
  );
});

describe('lineage through a view', () => {
  const folder = mkdtempSync(join(tmpdir(), 'playhead-view-lineage-'));
  after(() => rmSync(folder, { recursive: true }));

  it('goes from the tables that the view reads to who asks it', async () => {
    const view = {
      database: 'shop',
      name: 'totals',
      sql: 'SELECT order_id, amount * 2 AS twice FROM orders',
      sqlDatabase: 'shop',
      columns: [
        { name: 'order_id', type: 'string' },
        { name: 'twice', type: 'bigint' },
      ],
    };
    const asked = { ...pipeline.queries?.['big'], sql: 'SELECT * FROM totals' };
    const definition = { ...pipeline, queries: { big: asked } } as typeof pipeline;
    const graph = await lineageOf([definition], openLineages(folder, effects), undefined, [view]);
    const steps = (dataset: string, column: string): string[] =>
      columnSteps(graph, { dataset, column }, 'upstream').map(
        ({ process, next, how }) => `${process.id} ${next.dataset}.${next.column} ${how}`,
      );
    assert.deepEqual(steps('shop.big', 'twice'), ['shop.big shop.totals.twice identity']);
    assert.deepEqual(steps('shop.totals', 'twice'), ['shop.totals shop.curated.amount transformation']);
  });
});

describe('what a run tells of itself', () => {
  const folder = mkdtempSync(join(tmpdir(), 'playhead-run-lineage-'));
  const opened: Engine[] = [];
  const engineOf = (definition: PipelineDefinition, url?: string): Engine => {
    const profile =
      url === undefined ? embeddedProfile : { ...embeddedProfile, lineage: { backend: 'http', url } as const };
    const engine = openEngine({ pipelines: [definition], profile, home: join(folder, String(opened.length)) }, effects);
    opened.push(engine);
    return engine;
  };
  after(async () => {
    for (const engine of opened) await engine.close();
    rmSync(folder, { recursive: true });
  });

  const toldBy = async (engine: Engine): Promise<readonly RunEvent[]> =>
    (await engine.lineage()).store.events(100).map(({ event }) => event);

  async function fill(engine: Engine): Promise<void> {
    await applyDefinitions(engine);
    const lines =
      '{"order_id":"a","placed_at":"2025-08-11T10:00:00Z","amount":1.5}\n{"order_id":"a","placed_at":"2025-08-11T10:00:00Z","amount":1.5}\n{"order_id":"b","placed_at":"never","amount":2}\n';
    const input = (async function* () {
      yield Buffer.from(lines);
    })();
    await produceNdjson(input, await engine.stream(), { topic: 'orders' }, () => {}, effects);
  }

  it('is START and COMPLETE, with columns, figures, and what was asserted', async () => {
    const engine = engineOf(pipeline);
    await fill(engine);
    const run = await engineRunner(engine);
    await run({ address: 'shop.deliver', kind: 'delivery', trigger: 'command', arguments: {} }, unaborted);
    await run({ address: 'shop.curate', kind: 'job', trigger: 'shop.nightly', arguments: {} }, unaborted);
    const events = await toldBy(engine);
    assert.deepEqual(
      events.map(({ eventType, job }) => `${job.name} ${eventType}`),
      ['shop.deliver START', 'shop.deliver COMPLETE', 'shop.curate START', 'shop.curate COMPLETE'],
    );
    for (const event of events) assert.deepEqual(runEventFaults(event), []);
    const [, delivered, started, curated] = events;
    assert.equal(started?.run.runId, curated?.run.runId);
    assert.equal(delivered?.outputs[0]?.outputFacets?.['outputStatistics']?.['rowCount'], 3);
    const input = curated?.inputs[0];
    assert.deepEqual([input?.name, curated?.outputs[0]?.name], ['shop.orders_json', 'shop.orders']);
    assert.equal(input?.inputFacets?.['dataQualityMetrics']?.['rowCount'], 3);
    assert.deepEqual(input?.inputFacets?.['dataQualityAssertions']?.['assertions'], [
      { assertion: 'none quarantined', success: false },
    ]);
    const fields = curated?.outputs[0]?.facets['columnLineage']?.['fields'];
    assert.deepEqual({ ...(fields as Record<string, unknown>) }['amount'], {
      inputFields: [
        {
          namespace: 'playhead',
          name: 'shop.orders_json',
          field: 'amount',
          transformations: [{ type: 'DIRECT', subtype: 'IDENTITY' }],
        },
      ],
    });
  });

  it('is FAIL with the error of a run that failed, and ABORT of one that was stopped', async () => {
    const broken = { ...shopSections.jobs.curate, sql: 'SELECT nothing FROM shop.orders_json' };
    const engine = engineOf(shop({ jobs: { curate: broken } }));
    await fill(engine);
    const run = await engineRunner(engine);
    await run({ address: 'shop.deliver', kind: 'delivery', trigger: 'command', arguments: {} }, unaborted);
    const failed = run({ address: 'shop.curate', kind: 'job', trigger: 'command', arguments: {} }, unaborted);
    await assert.rejects(failed, (error) => isPlayheadError(error));
    const stopped = run(
      { address: 'shop.curate', kind: 'job', trigger: 'command', arguments: {} },
      AbortSignal.abort(),
    );
    await assert.rejects(stopped);
    const ends = (await toldBy(engine)).filter(
      ({ job, eventType }) => job.name === 'shop.curate' && eventType !== 'START',
    );
    assert.deepEqual(
      ends.map(({ eventType }) => eventType),
      ['FAIL', 'ABORT'],
    );
    for (const event of ends) {
      assert.deepEqual(runEventFaults(event), []);
      assert.match(String(event.run.facets['errorMessage']?.['message']), /PH_/);
    }
  });

  it('reaches the endpoint of the profile; one that is away fails no run', async () => {
    const sink = await openSink();
    const engine = engineOf(pipeline, sink.url);
    await applyDefinitions(engine);
    const run = await engineRunner(engine);
    const deliver = { address: 'shop.deliver', kind: 'delivery', trigger: 'command', arguments: {} } as const;
    await run(deliver, unaborted);
    await (await engine.lineage()).send(unaborted);
    for (const { message } of sink.received) assert.deepEqual(runEventFaults(message), []);
    assert.deepEqual(
      sink.received.map(({ message }) => message['eventType']),
      ['START', 'COMPLETE'],
    );
    await sink.close();
    await run(deliver, unaborted);
    assert.ok((await (await engine.lineage()).send(unaborted)) === 0);
    assert.equal((await engine.lineage()).store.counts().pending, 2);
  });
});

describe('a cycle of jobs', () => {
  it('is not walked for ever by whoever follows its lineage', async () => {
    const { curate } = shopSections.jobs;
    const back = sqlJob({
      from: 'curated',
      into: 'landing',
      sql: { text: 'SELECT * FROM shop.orders', path: 'back.sql' },
    });
    const folder = mkdtempSync(join(tmpdir(), 'playhead-cycle-'));
    const graph = await lineageOf([shop({ jobs: { curate, back } })], openLineages(folder, effects));
    const { around } = await import('../../../src/transform/lineage/graph.ts');
    assert.deepEqual(
      around(graph, 'shop.curated').processes.map(({ id }) => id),
      ['shop.deliver', 'shop.curate', 'shop.back'],
    );
    rmSync(folder, { recursive: true });
  });
});
