import type { DeliveryLedger } from '../ledger/delivery-ledger.ts';
import type { Fault } from '../ledger/fault.ts';
import type { Run } from '../orchestrate/runs.ts';
import type { Engine } from '../pipeline/engine/bind.ts';
import type { JobLedger } from './job-ledger.ts';

/** Runs of one address that are looked through for the one that made a commit. */
const lookedThrough = 10_000;

/** Adds to each fault of a commit the number of the run that made it, where the run history has it. */
export async function withRuns(
  engine: Engine,
  delivery: string,
  { committedMs }: DeliveryLedger,
  jobs: readonly { readonly figures: { readonly address: string }; readonly ledger: JobLedger }[],
  faults: readonly Fault[],
): Promise<readonly Fault[]> {
  if (!faults.some(({ place }) => place.commit !== undefined)) return faults;
  const runs = await engine.runs();
  const recent = (address: string): readonly Run[] => runs.recent({ address, limit: lookedThrough });
  const times = new Map([
    ...[...committedMs].map(([series, at]) => [series, { at, runs: recent(delivery) }] as const),
    ...jobs.map(
      ({ figures, ledger }) => [figures.address, { at: ledger.committedMs, runs: recent(figures.address) }] as const,
    ),
  ]);
  return faults.map((fault) => {
    const { series, commit } = fault.place;
    const known = series === undefined ? undefined : times.get(series);
    const atMs = commit === undefined ? undefined : known?.at[commit];
    if (known === undefined || atMs === undefined) return fault;
    const run = known.runs.find(
      ({ startedMs, durationMs }) => startedMs <= atMs && atMs <= startedMs + (durationMs ?? Number.POSITIVE_INFINITY),
    );
    return run === undefined ? fault : { ...fault, place: { ...fault.place, run: run.id } };
  });
}
