import { PlayheadError } from '../../base/errors.ts';
import { listAll } from '../../lake/object-store.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import { registeredObjects } from '../../pipeline/engine/registered-objects.ts';
import { type Addressed, addressed, resolveAddress } from '../../pipeline/graph/address.ts';
import { recordJobs } from '../../pipeline/graph/writers.ts';
import { refusedFiles } from '../../pipeline/quarantine/refused.ts';
import type { SessionsSource } from '../../source/definition.ts';
import { isLabelledFact } from '../../source/sessions/fields.ts';
import { versionFile } from '../../table/retained.ts';
import { quarantineFolder } from '../../transform/quarantine.ts';

/** Where the records of a source end up. */
export interface ScoredPath {
  readonly source: SessionsSource;
  readonly deliveries: readonly Addressed<'delivery'>[];
  readonly jobs: readonly Addressed<'job'>[];
  readonly terminal: Addressed<'table'>;
}

/** From a sessions source through its stream's delivery and the jobs after it, to the last table. PH_USAGE. */
export function scoredPath({ pipelines }: Engine, address: string): ScoredPath {
  const { definition: source, pipeline } = resolveAddress(pipelines, address, ['source']);
  if (source.source !== 'sessions')
    throw new PlayheadError('PH_USAGE', `${address} simulates no sessions: nothing can be scored`);
  const stream = resolveAddress(pipelines, source.into, ['stream'], pipeline).address;
  const deliveries = addressed(pipelines, 'delivery').filter(
    ({ definition, pipeline: of }) =>
      definition.table !== undefined && resolveAddress(pipelines, definition.from, ['stream'], of).address === stream,
  );
  const [first] = deliveries;
  if (first?.definition.table === undefined)
    throw new PlayheadError('PH_USAGE', `no delivery takes ${stream} to a table: there is nothing to score`);
  let terminal = resolveAddress(pipelines, first.definition.table, ['table'], first.pipeline);
  const jobs: Addressed<'job'>[] = [];
  for (;;) {
    const next = recordJobs(pipelines).find(
      (job) =>
        !jobs.includes(job) &&
        resolveAddress(pipelines, job.definition.from, ['table'], job.pipeline).address === terminal.address,
    );
    if (next === undefined) return { source, deliveries: [first], jobs, terminal };
    jobs.push(next);
    terminal = resolveAddress(pipelines, next.definition.into, ['table'], next.pipeline);
  }
}

/** Files of this machine that hold the objects; a file's own path says nothing of the object's. */
export interface ScoredFiles {
  readonly table: readonly { readonly file: string; readonly key: string }[];
  /** By deliveries. */
  readonly refused: readonly string[];
  /** By jobs. */
  readonly quarantined: readonly string[];
}

/** Where to read the terminal table, what deliveries refused, and what jobs quarantined. */
export async function scoredFiles(engine: Engine, { deliveries, jobs, terminal }: ScoredPath): Promise<ScoredFiles> {
  const lake = await engine.lake();
  const table: { file: string; key: string }[] = [];
  for (const object of await registeredObjects(engine, terminal))
    table.push({ file: await versionFile(lake, object), key: object.key });
  const refused: string[] = [];
  for (const delivery of deliveries) refused.push(...(await refusedFiles(engine, delivery)));
  const quarantined: string[] = [];
  for (const { address } of jobs) {
    for await (const object of listAll(lake, quarantineFolder(address)))
      quarantined.push(await versionFile(lake, object));
  }
  return { table, refused, quarantined };
}

/** The record field that tells a fact, with what it says for each of its values. PH_USAGE where none does. */
export function fieldOf(
  { fields }: SessionsSource,
  facts: readonly string[],
): { readonly name: string; readonly fact: string; readonly label: (value: string) => string } {
  for (const [name, source] of Object.entries(fields)) {
    const fact = typeof source === 'string' ? source : isLabelledFact(source) ? source.fact : undefined;
    if (fact === undefined || !facts.includes(fact)) continue;
    const labels = typeof source === 'object' && isLabelledFact(source) ? source.labels : undefined;
    return { name, fact, label: (value) => labels?.[value] ?? value };
  }
  throw new PlayheadError('PH_USAGE', `no field of the records tells ${facts.join(' or ')}: they cannot be scored`, {
    hint: 'It has to be a field of its own, not one within another.',
  });
}
