import { formatCount, formatDuration } from '../base/units.ts';
import type { Engine } from '../pipeline/engine/bind.ts';
import { type EngineRunner, engineRunner } from '../pipeline/run/handlers.ts';
import type { BoundSessions } from '../source/open-sessions.ts';
import type { Context } from './context.ts';

/**
 * Makes the reference tables of a simulation that are not there yet, by the sources that the pipeline has for them. A
 * table that no source makes is left alone: whoever needs it then refuses.
 */
export async function ensureReference(engine: Engine, bound: BoundSessions, context: Context): Promise<void> {
  const catalog = await engine.catalog();
  let run: EngineRunner | undefined;
  for (const { table, madeBy } of [bound.viewers, bound.titles]) {
    if (madeBy === undefined) continue;
    const known = await catalog.table(table.database, table.name);
    if (known !== undefined && (await catalog.objects(table.database, table.name)).length > 0) continue;
    context.signal.throwIfAborted();
    run ??= await engineRunner(engine);
    const progress = context.progress();
    progress.update(`making ${table.database}.${table.name}`);
    const started = engine.effects.clock.monotonicMs();
    const request = { address: madeBy, kind: 'source', trigger: 'command', arguments: {} } as const;
    const output = await run(request, context.signal).finally(() => progress.end());
    const took = formatDuration(engine.effects.clock.monotonicMs() - started);
    const rows = output.kind === 'seed-table' ? formatCount(output.rows) : '';
    if (!context.json) {
      const { green, dim } = context.output.errStyle;
      context.output.err(`${green('✓')} ${table.database}.${table.name}: ${rows} rows, made once ${dim(took)}\n`);
    }
  }
}
