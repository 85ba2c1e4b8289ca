import { PlayheadError } from '../../base/errors.ts';
import type { DeliverySubject } from '../../delivery/bound-delivery.ts';
import { type ParquetKernel, parquetKernel } from '../../delivery/parquet-kernel.ts';
import { type DuckSession, sqlString } from '../../duck/duck.ts';
import type { ObjectStore } from '../../lake/object-store.ts';
import type { PipelineDefinition } from '../../pipeline/definition.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import { type Addressed, addressed, resolveAddress } from '../../pipeline/graph/address.ts';
import { deliverySubject } from '../../pipeline/graph/delivery-subject.ts';
import { inputOf } from '../../pipeline/graph/job-tables.ts';
import { recordJobs, targetsOf } from '../../pipeline/graph/writers.ts';
import { duckType } from '../../record/columns.ts';
import type { Field, RecordType } from '../../record/type.ts';
import type { Stream } from '../../stream/stream.ts';
import type { RecordFate } from '../../transform/committed-sidecars.ts';
import { keyText } from '../../transform/fingerprint.ts';
import { lookUpKey } from '../../transform/look-up-key.ts';
import { type Aged, agedObjects } from '../aged.ts';
import { type DerivedVersion, derivedVersions } from './derived-versions.ts';

/** The ways that records of one delivery can go. */
export interface Route {
  readonly delivery: Addressed<'delivery'>;
  readonly subject: DeliverySubject;
  /** Jobs that its table feeds. */
  readonly jobs: readonly RouteJob[];
}

/** The ways that the records of a source's answers can go: of one table that it writes. */
export interface Taking {
  readonly source: Addressed<'source'>;
  readonly table: Addressed<'table'>;
  readonly jobs: readonly RouteJob[];
}

export interface RouteJob {
  readonly entry: Addressed<'job'>;
  readonly target: Addressed<'table'>;
  /** Of the table that it reads. */
  readonly record: RecordType;
}

/** A record of an object that a commit of a job's input names. */
export interface DeliveredRow {
  readonly series: string;
  readonly commit: number;
  readonly object: string;
  readonly row: number;
}

/** Told how a scan goes; throws to end it. */
export type Watch = (text: string) => void;

/** What following records needs, opened once. */
export interface Tracer {
  readonly engine: Engine;
  readonly lake: ObjectStore;
  readonly stream: Stream;
  readonly session: DuckSession;
  readonly kernel: ParquetKernel;
  readonly routes: readonly Route[];
  readonly takings: readonly Taking[];
  readonly watch: Watch;
  /** The `keyText` by which a job knows values of its key, however they are written: `1` is `1.0` to a field of doubles. */
  keyText(job: RouteJob, values: readonly string[]): Promise<string>;
  /** All records of a key that a job read, by its `keyText`; asked once a key. */
  fates(job: string, key: string): Promise<readonly RecordFate[]>;
  /** The partitions of the tables downstream of a job; asked once a job. */
  derived(job: string): Promise<readonly DerivedVersion[]>;
  /** What lifecycles took; asked once. */
  aged(): Promise<Aged>;
}

export async function openTracer(
  engine: Engine,
  pipelines: readonly PipelineDefinition[],
  session: DuckSession,
  watch: Watch,
): Promise<Tracer> {
  const lake = await engine.lake();
  const known = new Map<string, Promise<readonly RecordFate[]>>();
  const versions = new Map<string, Promise<readonly DerivedVersion[]>>();
  let aged: Promise<Aged> | undefined;
  return {
    engine,
    lake,
    stream: await engine.stream(),
    session,
    kernel: parquetKernel(() => engine.converter(), engine.effects),
    routes: addressed(pipelines, 'delivery').map((delivery) => routeOf(engine.pipelines, delivery)),
    takings: addressed(pipelines, 'source').flatMap((source) => takingsOf(engine.pipelines, source)),
    watch,
    keyText: (job, values) => keyTextOf(session, job, values),
    derived: (job) => {
      const asked = versions.get(job) ?? derivedVersions(engine, job);
      versions.set(job, asked);
      return asked;
    },
    aged: () => {
      aged ??= agedObjects(engine.pipelines, lake, engine.effects);
      return aged;
    },
    fates: (job, key) => {
      const name = JSON.stringify([job, key]);
      const asked = known.get(name) ?? lookUpKey(session, lake, job, key, engine.effects);
      known.set(name, asked);
      return asked;
    },
  };
}

function routeOf(pipelines: readonly PipelineDefinition[], delivery: Addressed<'delivery'>): Route {
  const subject = deliverySubject(pipelines, delivery);
  const table = delivery.definition.table;
  if (table === undefined) return { delivery, subject, jobs: [] };
  const landing = resolveAddress(pipelines, table, ['table'], delivery.pipeline).address;
  return { delivery, subject, jobs: jobsReading(pipelines, landing) };
}

function takingsOf(pipelines: readonly PipelineDefinition[], source: Addressed<'source'>): readonly Taking[] {
  if (source.definition.source !== 'rest') return [];
  return targetsOf(source).map((target) => {
    const table = resolveAddress(pipelines, target, ['table'], source.pipeline);
    return { source, table, jobs: jobsReading(pipelines, table.address) };
  });
}

function jobsReading(pipelines: readonly PipelineDefinition[], table: string): readonly RouteJob[] {
  return recordJobs(pipelines).flatMap((entry): RouteJob[] => {
    const { definition, pipeline } = entry;
    const from = inputOf(pipelines, entry);
    if (from.address !== table) return [];
    const target = resolveAddress(pipelines, definition.into, ['table'], pipeline);
    return [{ entry, target, record: from.definition.record }];
  });
}

/** Fields of a job's unique key. */
export function keyFields({ entry }: RouteJob): readonly string[] {
  return entry.definition.unique?.key ?? [];
}

async function keyTextOf(session: DuckSession, job: RouteJob, values: readonly string[]): Promise<string> {
  const texts = keyFields(job).map((name, i) => printedAs(job.record.fields[name], values[i] ?? ''));
  if (texts.length === 0) return keyText(values);
  const { rows } = await session.all(`SELECT ${texts.join(', ')}`);
  return keyText((rows[0] ?? []).map(String));
}

/** SQL of how a value of a field prints, whatever way it is written; of what is no such value, as it is. */
function printedAs(of: Field | undefined, value: string): string {
  const text = sqlString(value);
  return of === undefined ? text : `coalesce(CAST(TRY_CAST(${text} AS ${duckType(of)}) AS VARCHAR), ${text})`;
}

/** PH_RECORD_UNKNOWN. */
export function unknownRecord(message: string, hint: string): PlayheadError {
  return new PlayheadError('PH_RECORD_UNKNOWN', message, hint === '' ? {} : { hint });
}
