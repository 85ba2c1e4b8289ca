import { isPlayheadError } from '../../base/errors.ts';
import { uuid } from '../../base/random.ts';
import type { EventLineage, RunEvent, RunOf } from '../../observe/open-lineage/event.ts';
import { type Runner, runError } from '../../orchestrate/runner.ts';
import { type Lineages, openLineages } from '../../sql/lineage-cache.ts';
import type { Engine } from '../engine/bind.ts';
import { lineageOf } from '../graph/lineage.ts';

/** Namespace of jobs and datasets in the events of this home. */
export const lineageNamespace = 'playhead';

/**
 * Tells OpenLineage's events of each run: START, then COMPLETE, FAIL or ABORT. What can't be told is said in the log, and
 * never fails the run that it is about.
 */
export function tellingLineage(engine: Engine, run: Runner): Runner {
  return async (request, signal, onProgress) => {
    const { address, kind, trigger } = request;
    const runId = uuid(engine.effects.random);
    const of: RunOf = { namespace: lineageNamespace, runId, address, kind, trigger };
    const { startEvent, endEvent } = await import('../../observe/open-lineage/event.ts');
    const { clock } = engine.effects;
    const lineages = openLineages(engine.home.cache, engine.effects);
    const tell = (event: (lineage: EventLineage | undefined) => RunEvent, by = lineages): Promise<void> =>
      told(engine, address, by, event);
    await tell((lineage) => startEvent(of, lineage, clock.now()), withoutColumns);
    try {
      const output = await run(request, signal, onProgress);
      await tell((lineage) => endEvent(of, lineage, { type: 'COMPLETE', output }, clock.now()));
      return output;
    } catch (error) {
      const type = signal.aborted || isPlayheadError(error, 'PH_INTERRUPTED') ? 'ABORT' : 'FAIL';
      await tell((lineage) => endEvent(of, lineage, { type, error: runError(error) }, clock.now()));
      throw error;
    }
  };
}

/** A run must not wait for the SQL front end before it begins; which datasets a job reads stands in its definition. */
const withoutColumns: Lineages = async () => ({ tables: [], columns: {}, uses: [] });

async function told(
  engine: Engine,
  address: string,
  lineages: Lineages,
  event: (lineage: EventLineage | undefined) => RunEvent,
): Promise<void> {
  try {
    const [{ lineageFor }, events] = await Promise.all([
      import('../../observe/open-lineage/event.ts'),
      engine.lineage(),
    ]);
    events.report(event(lineageFor(await lineageOf(engine.pipelines, lineages, address), address)));
  } catch (error) {
    engine.effects.log.log('warn', `what ${address} did is missing in its lineage: ${runError(error).message}`);
  }
}
