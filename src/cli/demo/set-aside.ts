import { formatCount } from '../../base/units.ts';
import { quarantinedReasons } from '../../pipeline/quarantine/quarantine.ts';
import { refusedReasons } from '../../pipeline/quarantine/refused.ts';
import { type GridCell, grid } from '../grid.ts';
import type { Demo } from './flow.ts';
import type { DemoPipeline } from './pipeline.ts';

/** Records that did not come to the curated tables for one reason. */
export interface SetAside {
  /** The delivery that refused them, or the job that quarantined them. */
  readonly by: string;
  readonly check: string;
  readonly records: number;
  readonly example: string;
}

/** Shows what was set aside on the way, by whom, and why. */
export async function showSetAside(
  demo: Pick<Demo, 'engine' | 'context'> & { readonly pipeline: Pick<DemoPipeline, 'deliveries' | 'jobs'> },
): Promise<readonly SetAside[]> {
  const { engine, context, pipeline } = demo;
  const found: SetAside[] = [];
  for (const delivery of pipeline.deliveries)
    for (const { code, records, example } of await refusedReasons(engine, delivery))
      found.push({ by: delivery.address, check: code, records, example });
  for (const job of pipeline.jobs)
    for (const { reason, records, example } of await quarantinedReasons(engine, job))
      found.push({ by: job.address, check: reason, records, example: example ?? '' });
  if (context.json || found.length === 0) return found;
  const { style, columns } = context.output;
  const rows = found.map(({ by, check, records, example }): GridCell[] => [
    { text: check, paint: style.yellow },
    formatCount(records),
    by,
    example,
  ]);
  const titles = [
    { title: 'check' },
    { title: 'records', align: 'right' },
    { title: 'by' },
    { title: 'such as', apart: 'below' },
  ] as const;
  const table = grid(titles, rows, {
    maxWidth: columns,
    indent: '  ',
    paint: { header: style.dim, rule: style.dim },
  });
  await context.output.out(`\n${style.bold('Set aside, and why')}\n${table}\n`);
  return found;
}
