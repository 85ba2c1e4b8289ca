import { type ErrorCode, isPlayheadError } from '../../base/errors.ts';
import type { TableDefinition } from '../../catalog/definition.ts';
import { deliveryContributor } from '../../delivery/contributors.ts';
import { erroredContributor } from '../../delivery/quarantine.ts';
import { registerLanes } from '../../delivery/register-lanes.ts';
import { type Contributor, registerCommits } from '../../table/contribution.ts';
import { quarantineTableName } from '../../table/quarantine-table.ts';
import { type Addressed, addressed } from '../graph/address.ts';
import {
  contributorsOf,
  lifecycleContributors,
  quarantineContributorsOf,
  setAsideLifecycleContributors,
  writerOf,
} from '../graph/writers.ts';
import type { Engine } from './bind.ts';

/** The lake can't be reached, or this home's catalog only read: what was registered before can be answered all the same. */
const survived: ReadonlySet<ErrorCode> = new Set(['PH_STORAGE_FAILED', 'PH_STORAGE_READ_ONLY', 'PH_STORAGE_FULL']);

/** A table as its series feed it: the one that is declared, and the one of what was kept out of it. */
interface Fed {
  readonly nameOf: (table: TableDefinition) => string;
  readonly ofLane: (series: string, table: TableDefinition) => Contributor;
  readonly ofAll: typeof contributorsOf;
  readonly taking: typeof setAsideLifecycleContributors;
}

const fed: readonly Fed[] = [
  {
    nameOf: ({ name }) => name,
    ofLane: deliveryContributor,
    ofAll: contributorsOf,
    taking: (pipelines, _, table) => lifecycleContributors(pipelines, table),
  },
  {
    nameOf: quarantineTableName,
    ofLane: erroredContributor,
    ofAll: quarantineContributorsOf,
    taking: setAsideLifecycleContributors,
  },
];

/**
 * Registers in this home's catalog what other homes committed into these tables (`database.name`), where they share the lake: a
 * look at each series that feeds one of them. Returns why that could not be done, where it couldn't.
 */
export async function registerShared(engine: Engine, names: readonly string[]): Promise<string | undefined> {
  if (!(await engine.lake()).capabilities.shared) return undefined;
  try {
    for (const table of addressed(engine.pipelines, 'table'))
      for (const as of fed)
        if (names.includes(`${table.definition.database}.${as.nameOf(table.definition)}`))
          await registerFed(engine, table, as);
    return undefined;
  } catch (error) {
    if (!isPlayheadError(error) || !survived.has(error.code)) throw error;
    return error.message;
  }
}

async function registerFed(engine: Engine, { address, definition }: Addressed<'table'>, as: Fed): Promise<void> {
  const { pipelines, effects } = engine;
  const ports = { catalog: await engine.catalog(), lake: await engine.lake() };
  const writer = writerOf(pipelines, address);
  const isDelivered = writer?.kind === 'delivery';
  if (isDelivered) await registerLanes(writer.address, (series) => as.ofLane(series, definition), ports, effects);
  // One after the other: who takes from the table comes last.
  const others = isDelivered
    ? as.taking(pipelines, writer, definition)
    : await as.ofAll(pipelines, address, definition, ports.lake);
  for (const contributor of others) await registerCommits(ports.catalog, ports.lake, contributor, effects);
}
