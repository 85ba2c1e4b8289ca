import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { PlayheadError } from '../../base/errors.ts';
import { checkIncident, type Incident, incidentKinds } from '../../source/sessions/incidents.ts';

/** What a truth file says of the run as a whole; its records are read by DuckDB. */
export interface TruthSummary {
  readonly path: string;
  /** Address of the source. */
  readonly source: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly incidents: readonly Incident[];
}

/** Reads the first lines of a truth file, as the simulator wrote it. PH_USAGE for a file that is none, or not complete. */
export async function readTruth(path: string): Promise<TruthSummary> {
  const incidents: Incident[] = [];
  let run: Omit<TruthSummary, 'path' | 'incidents'> | undefined;
  let isComplete = false;
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
  try {
    for await (const text of lines) {
      const line = parsed(text, path);
      if (line['kind'] === 'run')
        run = { source: String(line['source']), fromMs: msOf(line['from'], path), toMs: msOf(line['to'], path) };
      if (line['kind'] === 'incident') incidents.push(incidentOf(line, path));
      isComplete = line['kind'] === 'totals';
    }
  } catch (cause) {
    if (cause instanceof PlayheadError) throw cause;
    throw new PlayheadError('PH_USAGE', `${path} cannot be read as a truth file`, { cause });
  }
  if (run === undefined) throw noTruth(path);
  if (!isComplete)
    throw new PlayheadError('PH_USAGE', `${path} has no totals: the run that wrote it did not come to its end`, {
      hint: 'Run the same again: it goes on where it stopped, and writes the whole truth.',
    });
  return { path, ...run, incidents };
}

function parsed(text: string, path: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    // Which keys it has is looked at one by one.
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch {
    // Said below: a line that is no JSON makes the file another one.
  }
  throw noTruth(path);
}

function incidentOf(line: Readonly<Record<string, unknown>>, path: string): Incident {
  const kind = incidentKinds.find((known) => known === line['incident']);
  const where = line['where'];
  if (kind === undefined || typeof where !== 'object' || where === null) throw noTruth(path);
  const [fromMs, toMs] = [msOf(line['from'], path), msOf(line['to'], path)];
  return checkIncident({ kind, fromMs, toMs, magnitude: Number(line['magnitude']), where });
}

function msOf(time: unknown, path: string): number {
  const ms = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  if (Number.isNaN(ms)) throw noTruth(path);
  return ms;
}

function noTruth(path: string): PlayheadError {
  return new PlayheadError('PH_USAGE', `${path} is not a truth file`, {
    hint: 'A simulation writes one: `playhead run SOURCE --from … --to … --truth FILE`.',
  });
}
