import type { Effects, Logger } from '../../base/effects.ts';
import { type ErrorCode, isPlayheadError, PlayheadError } from '../../base/errors.ts';
import { uuid } from '../../base/random.ts';
import { counted } from '../../base/units.ts';
import { ensureTable } from '../../catalog/ensure-table.ts';
import { acquireLease } from '../../commit/lease.ts';
import { openSeries } from '../../commit/series.ts';
import { registerCommits } from '../../table/contribution.ts';
import type { BoundRestSource, RestPorts } from './bound-source.ts';
import { openRestClient } from './client.ts';
import { type EndpointFigures, fetchEndpoint } from './fetch-endpoint.ts';
import { type Execution, type PagePlan, type RestCommit, restContributor } from './series.ts';
import { PageWriter } from './take-page.ts';

export interface RestSettings {
  /** Names the work: whoever gives the same again appends nothing. Default: the one that was not finished today, or a new one. */
  readonly execution?: string;
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Told of each page that was taken, with its records. */
  readonly onPage?: (endpoint: string, records: number) => void;
}

export interface RestRun {
  readonly execution: string;
  readonly date: string;
  /** Pages and records that this run took. */
  readonly pages: number;
  readonly records: number;
  readonly endpoints: Readonly<Record<string, EndpointFigures>>;
}

/** Failures of one endpoint that say nothing of the others. */
const ownFailures: readonly ErrorCode[] = [
  'PH_SOURCE_FAILED',
  'PH_SOURCE_INVALID',
  'PH_NOTHING_READ',
  // A key may be good for some of what an API has.
  'PH_ACCESS_REFUSED',
];

/**
 * Takes what an API has today: each page is planned, put as an object that is never written over, and committed. A run that
 * fails leaves what it took; the next one of that day goes on after it, under the same execution. An endpoint that fails
 * keeps none of the others back; the first failure is thrown at the end, with the others named.
 */
export async function runRestSource(
  source: BoundRestSource,
  ports: RestPorts,
  settings: RestSettings,
  effects: Effects,
): Promise<RestRun> {
  const { signal, log } = settings;
  const { store, catalog } = ports;
  const tables = [
    ...new Map(Object.values(source.targets).map((table) => [`${table.database}.${table.name}`, table])).values(),
  ];
  const contributors = tables.map((table) => restContributor(source.name, table));
  const register = async (): Promise<void> => {
    for (const contributor of contributors) await registerCommits(catalog, store, contributor, effects);
  };
  const client = await openRestClient(source.name, source.definition, { ...effects, log });
  const lease = await acquireLease(store, source.name, { holder: `source ${source.name}` }, effects);
  try {
    for (const table of tables) await ensureTable(catalog, table);
    const writer = new PageWriter(openSeries<PagePlan, RestCommit>(store, source.name, effects), store, lease, effects);
    await writer.begin();
    await register();
    const execution = executionOf(writer.last, settings.execution, effects);
    let [pages, records] = [0, 0];
    const onPage = (endpoint: string, taken: number): void => {
      pages += 1;
      records += taken;
      settings.onPage?.(endpoint, taken);
    };
    const tools = { source, client, writer, ports, execution, log, signal, onPage };
    const endpoints: Record<string, EndpointFigures> = {};
    const failures: PlayheadError[] = [];
    try {
      for (const name of Object.keys(source.definition.endpoints)) {
        try {
          endpoints[name] = await fetchEndpoint(name, tools, effects);
        } catch (error) {
          if (!ownFailures.some((code) => isPlayheadError(error, code))) throw error;
          failures.push(error as PlayheadError); // asked just above
        }
      }
      const { last } = writer;
      if (failures.length === 0 && isUnfinished(last) && last.execution.id === execution.id)
        await writer.end(execution);
    } finally {
      await register();
    }
    if (failures.length > 0 && pages > 0)
      log.log('warn', `taken all the same: ${counted(pages, 'page')}, ${counted(records, 'record')}`);
    if (failures.length > 0) throw allFailures(failures, pages);
    return { execution: execution.id, date: execution.date, pages, records, endpoints };
  } finally {
    await lease.release();
  }
}

function isUnfinished(last: RestCommit | undefined): last is RestCommit {
  return last !== undefined && last.kind !== 'end';
}

/** What an earlier day left unfinished stays so: today's answers are none of that day. */
function executionOf(last: RestCommit | undefined, given: string | undefined, effects: Effects): Execution {
  const date = new Date(effects.clock.now()).toISOString().slice(0, 10);
  if (given !== undefined) return { id: given, date };
  if (isUnfinished(last) && last.execution.date === date) return last.execution;
  return { id: uuid(effects.random), date };
}

function allFailures(failures: readonly PlayheadError[], pages: number): PlayheadError {
  const [first, ...others] = failures;
  if (first === undefined || others.length === 0) return first ?? new PlayheadError('PH_INTERNAL', 'no failure');
  // A key that is good for nothing is told once.
  const alike = failures.every(
    ({ code, details }) => code === 'PH_ACCESS_REFUSED' && details['status'] === first.details['status'],
  );
  const message = alike
    ? `${first.message}; ${counted(others.length, 'other endpoint')} refused it alike`
    : failures.map((each) => each.message).join('\n');
  return new PlayheadError(first.code, message, {
    ...(first.hint === undefined ? {} : { hint: first.hint }),
    details: { ...first.details, failed: failures.length, pages },
  });
}
