import { join } from 'node:path';
import { PlayheadError } from '../../base/errors.ts';
import { hours, minutes } from '../../base/units.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import { boundSessions } from '../../pipeline/engine/sessions.ts';
import { type Addressed, addressed, resolveAddress } from '../../pipeline/graph/address.ts';
import { type SessionArguments, sessionOptions } from '../../pipeline/run/session-arguments.ts';
import { openSessions } from '../../source/open-sessions.ts';
import { sessionNdjson } from '../../source/session-ndjson.ts';
import { timeField } from '../../transform/definition.ts';
import { type DatasetPart, partCount, type StreamDataset } from './dataset.ts';
import { sampleLines } from './sample-lines.ts';

export interface DatasetSettings {
  readonly pipeline: string;
  readonly seed: number;
  /** About so many for each stream. */
  readonly events: number;
  /** NDJSON to take the records from, in place of making them. */
  readonly records?: string;
  /** Where the parts are written. */
  readonly folder: string;
}

/** How long a part of a simulation is, and where the first begins in its day: the parts lie in two hours, and late records before. */
const partMs = minutes(10);
const beginMs = hours(12) + minutes(50);

/** Records for every stream of a pipeline that a delivery reads. A simulation needs its reference tables. */
export async function makeDataset(engine: Engine, settings: DatasetSettings): Promise<readonly StreamDataset[]> {
  const { effects, pipelines } = engine;
  const read = addressed(pipelines, 'delivery')
    .filter(({ pipeline }) => pipeline === settings.pipeline)
    .map(({ definition, pipeline }) => resolveAddress(pipelines, definition.from, ['stream'], pipeline));
  const streams = [...new Map(read.map((stream) => [stream.address, stream])).values()];
  if (streams.length === 0)
    throw new PlayheadError('PH_USAGE', `${settings.pipeline} has no delivery: nothing flows that faults could stop`);
  await effects.fs.mkdir(settings.folder, { recursive: true });
  const made: StreamDataset[] = [];
  for (const stream of streams) made.push(await datasetOf(engine, stream, settings));
  return made;
}

async function datasetOf(
  engine: Engine,
  stream: Addressed<'stream'>,
  settings: DatasetSettings,
): Promise<StreamDataset> {
  const arrivalField = eventTimeField(engine, stream);
  const source = settings.records === undefined ? simulationOf(engine, stream) : undefined;
  const contents =
    source === undefined
      ? await givenParts(engine, stream, arrivalField, settings)
      : await simulatedParts(engine, source, settings);
  const parts: DatasetPart[] = [];
  for (const [i, { bytes, simulation }] of contents.entries()) {
    const file = join(settings.folder, `${stream.address}-${i}.ndjson`);
    await engine.effects.fs.writeFile(file, bytes);
    parts.push({ file, ...(simulation === undefined ? {} : { simulation }) });
  }
  const lines = contents.flatMap(({ bytes }) => linesOf(bytes)).sort();
  return {
    stream,
    ...(arrivalField === undefined ? {} : { arrivalField }),
    ...(source === undefined ? {} : { source: source.address }),
    judgedByArrival: isJudgedByArrival(engine, stream),
    parts,
    lines,
  };
}

interface PartContent {
  readonly bytes: Uint8Array;
  readonly simulation?: SessionArguments;
}

function linesOf(bytes: Uint8Array): readonly string[] {
  return Buffer.from(bytes).toString('latin1').split('\n').slice(0, -1);
}

/** The field by which a job partitions, where the stream's records have it: what comes late there, comes to an hour that is made. */
function eventTimeField({ pipelines }: Engine, stream: Addressed<'stream'>): string | undefined {
  const fields = addressed(pipelines, 'job')
    .filter(({ pipeline }) => pipeline === stream.pipeline)
    .flatMap(({ definition }) => timeField(definition) ?? []);
  return fields.find((field) => Object.hasOwn(stream.definition.record.fields, field));
}

function isJudgedByArrival({ pipelines }: Engine, stream: Addressed<'stream'>): boolean {
  return addressed(pipelines, 'job')
    .filter(({ pipeline }) => pipeline === stream.pipeline)
    .some(({ definition }) => definition.checks?.some(({ kind }) => kind === 'arrival') === true);
}

function simulationOf({ pipelines }: Engine, stream: Addressed<'stream'>): Addressed<'source'> | undefined {
  return addressed(pipelines, 'source').find(
    ({ definition, pipeline }) =>
      definition.source === 'sessions' &&
      resolveAddress(pipelines, definition.into, ['stream'], pipeline).address === stream.address,
  );
}

async function simulatedParts(
  engine: Engine,
  { address }: Addressed<'source'>,
  { seed, events }: DatasetSettings,
): Promise<readonly PartContent[]> {
  const { bound } = boundSessions(engine, address);
  const ports = { store: await engine.lake(), catalog: await engine.catalog(), duck: await engine.duck() };
  const told = {
    seed,
    rate: Math.max(events / partCount / (partMs / 1000), 1e-4),
    late: 0.1,
    duplicated: 0.05,
    malformed: 0.05,
  };
  const source = await openSessions(bound, ports, sessionOptions(told));
  const firstMs = Date.parse(dayOf(engine, bound.viewers.madeBy)) + beginMs;
  return Array.from({ length: partCount }, (_, i) => {
    const range = { fromMs: firstMs + i * partMs, toMs: firstMs + (i + 1) * partMs };
    const simulation = {
      ...told,
      from: new Date(range.fromMs).toISOString(),
      to: new Date(range.toMs).toISOString(),
    };
    return { bytes: Buffer.concat([...sessionNdjson(source, range)].map((bytes) => bytes.slice())), simulation };
  });
}

/** The day that the reference tables are of. */
function dayOf({ pipelines }: Engine, madeBy: string | undefined): string {
  const made = madeBy === undefined ? undefined : resolveAddress(pipelines, madeBy, ['source']).definition;
  return made?.source === 'seed-table' ? made.asOf : '2025-08-11';
}

async function givenParts(
  engine: Engine,
  stream: Addressed<'stream'>,
  arrivalField: string | undefined,
  { records, seed, events }: DatasetSettings,
): Promise<readonly PartContent[]> {
  const lines =
    records === undefined
      ? sampleLines(stream.definition, arrivalField, { seed, events, isLate: !isJudgedByArrival(engine, stream) })
      : linesOf(Buffer.from(await engine.effects.fs.readFile(records)));
  const size = Math.ceil(lines.length / partCount);
  return Array.from({ length: partCount }, (_, i) => {
    const own = lines.slice(i * size, (i + 1) * size);
    return { bytes: Buffer.from(own.map((line) => `${line}\n`).join(''), 'latin1') };
  });
}
