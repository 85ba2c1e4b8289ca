import { type WatchReport, watchTable } from '../../pipeline/watch/watch-table.ts';
import type { Command } from '../command.ts';
import { watchText } from '../incident-text.ts';
import { targets } from '../targets.ts';

export const command: Command = async (invocation, context) => {
  const engine = await context.engine();
  const [fromMs, toMs] = [invocation.instant('from'), invocation.instant('to')];
  const range = { ...(fromMs === undefined ? {} : { fromMs }), ...(toMs === undefined ? {} : { toMs }) };
  const progress = context.progress();
  const reports: WatchReport[] = [];
  try {
    for (const entry of targets(engine.pipelines, ['detector'], invocation.argument(0))) {
      progress.update(`${entry.address} watches its table`);
      reports.push(await watchTable(engine, entry, range, context.signal));
    }
  } finally {
    progress.end();
  }
  return { data: { detectors: reports }, text: reports.map((report) => watchText(report, context)).join('\n\n') };
};
