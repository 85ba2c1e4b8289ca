import { PlayheadError } from '../../base/errors.ts';
import { formatCount, seconds } from '../../base/units.ts';
import { type Aggregate, merge, statisticOf } from '../../observe/aggregate.ts';
import type { PeriodData } from '../../observe/history.ts';
import { slotMs } from '../../observe/recorder.ts';
import { addressed } from '../../pipeline/graph/address.ts';
import { type BoundMetric, boundMetric } from '../../pipeline/watch/bound-alarms.ts';
import { instant, shownValue } from '../alarm-text.ts';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import { type GridCell, type GridColumn, grid } from '../grid.ts';
import { targets } from '../targets.ts';

interface Measured {
  readonly metric: BoundMetric;
  /** Oldest first, the last one ending now. */
  readonly periods: readonly { readonly atMs: number; readonly data: PeriodData }[];
}

export const command: Command = async (invocation, context) => {
  const engine = await context.engine();
  const periodMs = seconds(invocation.count('period', 10) ?? 300);
  if (periodMs % slotMs !== 0)
    throw new PlayheadError('PH_USAGE', '--period: history is kept by 10 s: expected a multiple of that');
  const count = invocation.count('periods', 1) ?? 12;
  const named = invocation.argument(0);
  const entries =
    named === undefined ? addressed(engine.pipelines, 'metric') : targets(engine.pipelines, ['metric'], named);
  const history = await engine.metrics();
  const endMs = (Math.floor(context.effects.clock.now() / slotMs) + 1) * slotMs;
  const measured = entries.map((entry): Measured => {
    const metric = boundMetric(engine.pipelines, entry);
    const periods = history
      .read(metric.series, endMs, periodMs, count)
      .map((data, i) => ({ atMs: endMs - (count - i) * periodMs, data }));
    return { metric, periods };
  });
  const [only, ...others] = measured;
  const isOne = named !== undefined && only !== undefined && others.length === 0;
  const text = isOne ? course(only, context) : summary(measured, context);
  return { data: { metrics: measured.map(measuredJson) }, text };
};

const statistics = ['SampleCount', 'Sum', 'Average', 'Minimum', 'Maximum', 'p50', 'p99'] as const;

const columns = (first: readonly GridColumn[]): readonly GridColumn[] => [
  ...first,
  ...statistics.map((title) => ({ title, align: 'right' as const })),
];

function cells(data: PeriodData): GridCell[] {
  if (data === undefined) return statistics.map(() => '—');
  return statistics.map((statistic) => {
    const value = statisticOf(data, statistic);
    return Number.isInteger(value) ? formatCount(value) : shownValue(value);
  });
}

/** A line a metric, over all periods together. */
function summary(measured: readonly Measured[], { output }: Context): string {
  if (measured.length === 0) return 'No metric is defined.';
  const rows = measured.map(({ metric, periods }) => {
    const { namespace, name, dimensions } = metric.definition;
    const data = periods.flatMap((period) => period.data ?? []);
    const all: Aggregate | undefined = data.length === 0 ? undefined : data.reduce(merge);
    return [namespace, name, Object.values(dimensions).join(', '), ...cells(all)];
  });
  const heads = columns(['namespace', 'metric', 'dimensions'].map((title) => ({ title, apart: 'above' as const })));
  return grid(heads, rows, { maxWidth: output.columns, paint: { header: output.style.dim, rule: output.style.dim } });
}

/** A line a period. */
function course({ metric, periods }: Measured, { output }: Context): string {
  const { namespace, name, measure, of } = metric.definition;
  const rows = periods.map(({ atMs, data }) => [instant(atMs), ...cells(data)]);
  const paint = { header: output.style.dim, rule: output.style.dim };
  const title = `${output.style.bold(`${namespace} ${name}`)} (${measure} of ${of})`;
  return `${title}\n\n${grid(columns([{ title: 'from', apart: 'above' }]), rows, { maxWidth: output.columns, paint })}\n`;
}

function measuredJson({ metric, periods }: Measured): object {
  const { namespace, name, dimensions, measure, of } = metric.definition;
  return {
    address: metric.address,
    namespace,
    name,
    dimensions,
    measure,
    of,
    periods: periods.map(({ atMs, data }) => ({
      atMs,
      ...(data === undefined
        ? {}
        : Object.fromEntries(statistics.map((statistic) => [statistic, statisticOf(data, statistic)]))),
    })),
  };
}
