import { counted } from '../../base/units.ts';
import { openSeries } from '../../commit/series.ts';
import { type Addressed, addressed } from '../../pipeline/address.ts';
import type { Engine } from '../../pipeline/bind.ts';
import { boundJob } from '../../pipeline/run-job.ts';
import type { JobCommit, JobPlan } from '../../transform/job-plan.ts';
import type { Link, Probe } from '../link.ts';

/** Have jobs run, did their last run succeed, and how far behind their input are they? */
export const probeJobs: Probe = async (engine, pipeline) => {
  const links: Link[] = [];
  for (const entry of addressed([pipeline], 'job')) links.push(await jobLink(engine, entry));
  return links;
};

async function jobLink(engine: Engine, entry: Addressed<'job'>): Promise<Link> {
  const { address } = entry;
  const link = { kind: 'job', address } as const;
  const [run] = (await engine.runs()).recent({ address, limit: 1 });
  if (run?.outcome === 'failed' || run?.outcome === 'lost') {
    const finding = `last run ${run.outcome}: ${run.error?.message ?? ''}`;
    return { ...link, ok: false, finding, remedy: `playhead logs ${address}` };
  }
  const lake = await engine.lake();
  const { last } = await openSeries<JobPlan, JobCommit>(lake, address, engine.effects).head();
  if (last === undefined) return { ...link, ok: false, finding: 'never ran', remedy: `playhead run ${address}` };
  const job = await boundJob(engine, entry);
  let behind = 0;
  for (const { series } of job.input.series) {
    const { next } = await openSeries(lake, series, engine.effects).head();
    behind += next - (last.positions[series] ?? 0);
  }
  const finding =
    behind === 0 ? 'up to date with its input' : `not read yet of its input: ${counted(behind, 'commit')}`;
  return { ...link, ok: true, finding };
}
