import { counted, formatBytes, formatCount } from '../../base/units.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import { deliveryOf } from '../../pipeline/engine/delivery-of.ts';
import type { EngineRunner } from '../../pipeline/run/handlers.ts';
import type { JobOutput } from '../../pipeline/run/run-job.ts';
import type { Context } from '../context.ts';
import type { UnjudgedChecks } from '../unjudged-checks.ts';
import type { Disturbance } from './disturbance.ts';
import type { DemoPipeline } from './pipeline.ts';
import type { Steps } from './steps.ts';

/** What every part of the demo works with. */
export interface Demo {
  readonly engine: Engine;
  readonly context: Context;
  readonly steps: Steps;
  readonly pipeline: DemoPipeline;
  readonly run: EngineRunner;
  /** What goes wrong in the day. */
  readonly disturbance: Disturbance;
  readonly unjudged: UnjudgedChecks;
}

const hourMs = 3_600_000;

/** Totals over the whole demo. */
export interface FlowFigures {
  logged: number;
  /** Records that an earlier demo had logged. */
  resent: number;
  delivered: number;
  objects: number;
  storedBytes: number;
  curated: number;
}

/** Simulates the day's first hour into the stream and delivers it: enough for a first answer. */
export async function firstHour(demo: Demo, dayMs: number): Promise<FlowFigures> {
  const figures = noFigures();
  const { steps } = demo;
  await steps.run(
    'simulate the first hour',
    (update) => simulate(demo, dayMs, dayMs + hourMs, figures, (share) => update(percent(share))),
    () => loggedText(figures),
  );
  await steps.run(
    'deliver it to the lake',
    () => deliver(demo, figures),
    () => deliveredText(figures),
  );
  return figures;
}

/**
 * Takes [fromMs, toMs) of simulated time all the way to the curated tables: what is logged is delivered while the
 * simulation goes on, and all of it is curated then. What it shows on the way includes what flowed `before`, for curation
 * begins with that.
 */
export async function flowAtOnce(
  demo: Demo,
  fromMs: number,
  toMs: number,
  what: string,
  before: FlowFigures,
): Promise<FlowFigures> {
  const figures = noFigures();
  await demo.steps.run(
    `stream ${what}`,
    async (update) => {
      let share = 0;
      const show = (): void => {
        const { delivered, curated } = sumOf(before, figures);
        const simulated = share < 1 ? `${percent(share)} simulated` : 'all simulated';
        update(`${simulated}  ${formatCount(delivered)} delivered  ${curating(demo, share, curated)}`);
      };
      const more = new Latch();
      const simulated = simulate(demo, fromMs, toMs, figures, (now) => {
        share = now;
        show();
        more.open();
      }).finally(() => more.openForGood());
      await Promise.all([simulated, follow(demo, figures, more, show)]);
    },
    () => (figures.logged === 0 ? loggedText(figures) : `${loggedText(figures)}, ${deliveredText(figures)}`),
  );
  return figures;
}

/** Curation begins when the day is there, and takes its time. */
function curating({ pipeline }: Demo, share: number, curated: number): string {
  if (pipeline.jobs.length === 0) return '';
  return share < 1 || curated > 0 ? `${formatCount(curated)} curated` : 'curating';
}

/** Lets one wait at a time through, whenever there may be something new. */
class Latch {
  #waiting = Promise.withResolvers<void>();
  last = false;

  open(): void {
    this.#waiting.resolve();
  }

  openForGood(): void {
    this.last = true;
    this.open();
  }

  async wait(): Promise<void> {
    await this.#waiting.promise;
    if (!this.last) this.#waiting = Promise.withResolvers();
  }
}

/** Delivers what the simulation logs, until it has ended and nothing is left; then curates it. */
async function follow(demo: Demo, figures: FlowFigures, more: Latch, show: () => void): Promise<void> {
  for (let last = false; !last; ) {
    await more.wait();
    // Asked before: what is logged after the question is found by the next round.
    last = more.last;
    if (last || (await pending(demo)) > 0) {
      await deliver(demo, figures);
      show();
    }
  }
  // Once: no hour is restated while it fills, and no table seems late behind a day that passes in a minute.
  await curate(demo, figures);
  show();
}

/** Records that wait for any of the deliveries. */
async function pending({ engine, pipeline }: Demo): Promise<number> {
  const states = pipeline.deliveries.map(async (entry) => (await deliveryOf(engine, entry)).state());
  return (await Promise.all(states)).reduce((sum, { pendingRecords }) => sum + pendingRecords, 0);
}

async function simulate(
  { run, pipeline, context, disturbance }: Demo,
  fromMs: number,
  toMs: number,
  figures: FlowFigures,
  onShare: (share: number) => void,
): Promise<void> {
  const range = { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
  const request = {
    address: pipeline.source.address,
    kind: 'source',
    trigger: 'command',
    arguments: { ...range, ...disturbance },
  } as const;
  const output = await run(request, context.signal, ({ share }) => onShare(share ?? 0));
  if (output.kind !== 'sessions') return;
  figures.logged += output.logged;
  figures.resent += output.resent;
}

async function deliver({ run, pipeline, context }: Demo, figures: FlowFigures): Promise<void> {
  for (const { address } of pipeline.deliveries) {
    const request = { address, kind: 'delivery', trigger: 'command', arguments: {} } as const;
    const summary = await run(request, context.signal);
    figures.delivered += summary.delivered;
    figures.objects += summary.objects;
    figures.storedBytes += summary.storedBytes;
  }
}

async function curate({ run, pipeline, context, unjudged }: Demo, figures: FlowFigures): Promise<void> {
  for (const { address } of pipeline.jobs) {
    const request = { address, kind: 'job', trigger: 'command', arguments: {} } as const;
    const output: JobOutput = await run(request, context.signal);
    figures.curated += output.written;
    for (const run of [{ address, checks: output.checks }, ...output.downstream]) unjudged.add(run.address, run.checks);
  }
}

/** Lets the crawlers look at what came: a Glue user's way to a table. */
export async function crawl({ run, pipeline, context, steps }: Demo): Promise<void> {
  for (const { address, name } of pipeline.crawlers) {
    await steps.run(
      `crawl: ${name}`,
      () => run({ address, kind: 'crawler', trigger: 'command', arguments: {} }, context.signal),
      ({ folders, tables }) => {
        const changed = tables.filter(({ change }) => change !== 'unchanged').length;
        return `${counted(folders.found, 'partition')}, ${changed === 0 ? 'catalogued already' : `${counted(changed, 'table')} changed`}`;
      },
    );
  }
}

export function sumOf(first: FlowFigures, second: FlowFigures): FlowFigures {
  const names = Object.keys(first) as (keyof FlowFigures)[];
  const sum = noFigures();
  for (const name of names) sum[name] = first[name] + second[name];
  return sum;
}

function noFigures(): FlowFigures {
  return { logged: 0, resent: 0, delivered: 0, objects: 0, storedBytes: 0, curated: 0 };
}

function loggedText({ logged, resent }: FlowFigures): string {
  if (logged === 0 && resent > 0) return `all ${formatCount(resent)} events were in the log already: nothing appended`;
  return `${counted(logged, 'event')}${resent === 0 ? '' : ` (${formatCount(resent)} were there before)`}`;
}

function deliveredText({ delivered, objects, storedBytes }: FlowFigures): string {
  if (delivered === 0) return 'nothing new';
  return `${counted(objects, 'object')}, ${formatBytes(storedBytes)}`;
}

function percent(share: number): string {
  return `${Math.floor(share * 100)} %`;
}
