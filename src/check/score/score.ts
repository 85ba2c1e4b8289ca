import { isPlayheadError } from '../../base/errors.ts';
import type { FoundIncident } from '../../insight/incident.ts';
import { type IncidentScore, matchIncidents } from '../../insight/match-incidents.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import { addressed, resolveAddress } from '../../pipeline/graph/address.ts';
import { watchTable } from '../../pipeline/watch/watch-table.ts';
import { type Figure, scoreRecords } from './score-records.ts';
import { scoredFiles, scoredPath } from './scored-path.ts';
import { readTruth, type TruthSummary } from './truth-file.ts';

/** What came out, held against what the simulator says that it made. */
export interface Score {
  readonly truth: TruthSummary;
  readonly figures: readonly Figure[];
  /** Absent where the truth has no incidents. */
  readonly incidents?: IncidentScore;
  /** Why detectors could not look. */
  readonly blind: readonly string[];
}

/** Reads only. PH_USAGE for a file that is no truth of a pipeline that is loaded. */
export async function scoreTruth(engine: Engine, truthPath: string, signal: AbortSignal): Promise<Score> {
  const truth = await readTruth(truthPath);
  const path = scoredPath(engine, truth.source);
  await using session = await (await engine.duck()).connect();
  const records = await scoreRecords(session, truth, path, await scoredFiles(engine, path));
  if (truth.incidents.length === 0) return { truth, figures: records, blind: [] };
  const { found, blind } = await detected(engine, path.terminal.address, truth, signal);
  const incidents = matchIncidents(truth.incidents, found);
  const figures = [
    ...records,
    {
      name: 'incidents detected',
      what: 'incidents that a detector found: of their kind, in their time, in no other place',
      done: incidents.matched.length,
      of: truth.incidents.length,
    },
    {
      name: 'alarms justified',
      what: 'what detectors found that was an incident',
      done: incidents.matched.length,
      of: found.length,
    },
  ];
  return { truth, figures, incidents, blind };
}

/** What the detectors of a table find in the time of the truth. One that has too little to learn from finds nothing. */
async function detected(
  engine: Engine,
  table: string,
  truth: TruthSummary,
  signal: AbortSignal,
): Promise<{ readonly found: readonly FoundIncident[]; readonly blind: readonly string[] }> {
  const found: FoundIncident[] = [];
  const blind: string[] = [];
  for (const entry of addressed(engine.pipelines, 'detector')) {
    const watched = resolveAddress(engine.pipelines, entry.definition.table, ['table'], entry.pipeline).address;
    if (watched !== table) continue;
    try {
      found.push(...(await watchTable(engine, entry, truth, signal)).incidents);
    } catch (error) {
      if (!isPlayheadError(error, 'PH_NOTHING_READ')) throw error;
      blind.push(`${error.message}. ${error.hint ?? ''}`.trim());
    }
  }
  return { found, blind };
}

/** True where all of everything was done. */
export function isWhole({ figures }: Score): boolean {
  return figures.every(({ done, of }) => done === of);
}
