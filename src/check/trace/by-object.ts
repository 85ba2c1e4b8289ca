import { PlayheadError } from '../../base/errors.ts';
import { laneSeries } from '../../commit/epoch.ts';
import { openDeliverySeries } from '../../delivery/lanes.ts';
import { parseObjectName } from '../../delivery/object-name.ts';
import { sqlIdentifier } from '../../duck/duck.ts';
import { parquetRows } from '../../duck/file-rows.ts';
import type { RecordTrace, TraceAnswer } from '../../ledger/record-trace.ts';
import { tableName } from '../../pipeline/table-facts.ts';
import { keyText } from '../../transform/fingerprint.ts';
import { quarantineFolder } from '../../transform/quarantine.ts';
import { type DeliveredRow, follow } from './follow.ts';
import { keyFields, type Route, type RouteJob, type Tracer, unknownRecord } from './tracer.ts';

/** Traces a row of an object: one that a delivery put, a job's table or its quarantine. PH_RECORD_UNKNOWN. */
export async function traceByObject(tracer: Tracer, object: string, row: number): Promise<TraceAnswer> {
  const answer = (records: readonly RecordTrace[]): TraceAnswer => {
    if (records.length === 0) throw unknownRecord(`${object} has no row ${row}`, 'Rows are counted from 0.');
    return { records, lookedIn: [object], skipped: [], scanned: false, more: false };
  };
  for (const route of tracer.routes) {
    const delivered = deliveredAt(route, object, row);
    if (delivered !== undefined) {
      const found = await inCommit(tracer, route, delivered);
      return answer(found === undefined ? [] : [found]);
    }
    for (const job of route.jobs) {
      const quarantine = quarantineFolder(job.entry.address);
      if (object.startsWith(quarantine)) return answer(await fromQuarantine(tracer, route, object, row));
      if (object.startsWith(job.target.definition.location))
        return answer(await fromTable(tracer, route, job, object, row));
    }
  }
  const tables = tracer.routes.flatMap(({ jobs }) => jobs.map(({ target }) => target.definition.location));
  throw unknownRecord(
    `no commit names ${object}`,
    `Looked among the objects of ${tracer.routes.map(({ delivery }) => delivery.address).join(', ')}${tables.length === 0 ? '' : ` and under ${tables.join(', ')}`}.`,
  );
}

function deliveredAt({ delivery }: Route, object: string, row: number): DeliveredRow | undefined {
  const made = parseObjectName(object.slice(object.lastIndexOf('/') + 1), delivery.address);
  if (made === undefined) return undefined;
  const series = laneSeries(delivery.address, made.epoch, made.lane);
  return { series, commit: made.plan, object, row };
}

async function inCommit(tracer: Tracer, route: Route, at: DeliveredRow): Promise<RecordTrace | undefined> {
  const commit = await openDeliverySeries(tracer.lake, at.series, tracer.engine.effects).read(at.commit);
  if (commit === undefined)
    throw unknownRecord(
      `${at.object} belongs to a plan without a commit`,
      'It is under way: run the delivery to its end.',
    );
  return follow(tracer, route, at);
}

async function fromQuarantine(
  tracer: Tracer,
  route: Route,
  object: string,
  row: number,
): Promise<readonly RecordTrace[]> {
  const { lake, session } = tracer;
  const { rows } = await session.all(`SELECT source, row
    FROM ${parquetRows(await lake.localFile(object), 'file_row_number = true')}
    WHERE file_row_number = ${row}`);
  const [source, sourceRow] = rows[0] ?? [];
  const at = source === undefined ? undefined : deliveredAt(route, String(source), Number(sourceRow));
  const found = at === undefined ? undefined : await follow(tracer, route, at);
  return found === undefined ? [] : [found];
}

async function fromTable(
  tracer: Tracer,
  route: Route,
  job: RouteJob,
  object: string,
  row: number,
): Promise<readonly RecordTrace[]> {
  const { lake, session } = tracer;
  const columns = keyFields(job).map((name) => `CAST(${sqlIdentifier(name)} AS VARCHAR)`);
  if (columns.length === 0) {
    throw new PlayheadError('PH_USAGE', `${tableName(job.target)} has no unique key: its rows can't be told apart`, {
      hint: 'Trace from the other side: by the object that the delivery put, or by position.',
    });
  }
  const { rows } = await session.all(`SELECT ${columns.join(', ')}
    FROM ${parquetRows(await lake.localFile(object), 'file_row_number = true')}
    WHERE file_row_number = ${row}`);
  const key = rows[0]?.map(String);
  if (key === undefined) return [];
  const records: RecordTrace[] = [];
  for (const fate of await tracer.fates(job.entry.address, keyText(key))) {
    const at = fate.fate === 'written' ? deliveredAt(route, fate.source, fate.row) : undefined;
    const found = at === undefined ? undefined : await follow(tracer, route, at);
    if (found?.jobs.some((place) => place.object === object) === true) records.push(found);
  }
  return records;
}
