import { basename, dirname, join, resolve } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { PlayheadError } from '../../base/errors.ts';
import { shellWord } from '../../base/shell-word.ts';
import type { Duck } from '../../duck/duck.ts';
import { inferRecord } from '../../duck/infer.ts';
import type { InferredRecord } from '../../duck/inferred-record.ts';
import { storageError } from '../../lake/storage-error.ts';
import { exampleRecords } from './example.ts';
import { freeName, pipelineName } from './names.ts';
import { otherNotations } from './other-notations.ts';
import { type PartitionGrain, partitionGrain } from './partition-grain.ts';
import { type PipelineText, renderConfig, renderPipeline } from './render-pipeline.ts';
import { renderRecord } from './render-record.ts';
import { curateSql, namedQueryFiles } from './render-sql.ts';
import { prepareSample, type Sample, sampleFile } from './sample.ts';

export interface ScaffoldSettings {
  /** Made where it is not there; refused where something is in it. */
  readonly directory: string;
  /** A sample: `.ndjson`, `.csv`, `.parquet`, packed with gzip or not. Without one, an example is written. */
  readonly from?: string;
}

export interface Scaffolded {
  readonly pipeline: string;
  /** What was written, relative to the directory. */
  readonly files: readonly string[];
  /** Commands that run the project on its sample, from within the directory, in order. */
  readonly next: readonly string[];
  /** What the user should know of the sample: renamed columns, lines that were no records, what was not found. */
  readonly notes: readonly string[];
}

/**
 * Writes a small project for the records of a sample: a record type with the checks that the sample bears out, a stream,
 * its delivery into a landing table, a job into a curated one, and queries. It runs as it is.
 * Throws PH_USAGE for a directory that is not empty or a sample that cannot be read, PH_RECORD_INVALID for a sample
 * without records, PH_STORAGE_* where it cannot write; a directory that it made is then gone again.
 */
export async function scaffoldProject(
  settings: ScaffoldSettings,
  { duck }: { readonly duck: Duck },
  effects: Effects,
): Promise<Scaffolded> {
  const directory = resolve(settings.directory);
  await refuseUsed(directory, effects);
  const made = await makeDirectory(directory, effects);
  try {
    return await writeProject(directory, settings.from, duck, effects);
  } catch (error) {
    // Nothing that was refused stands in the way of the next attempt.
    await effects.fs.rm(made ?? join(directory, sampleFile), { recursive: true, force: true });
    throw error;
  }
}

async function writeProject(
  directory: string,
  given: string | undefined,
  duck: Duck,
  effects: Effects,
): Promise<Scaffolded> {
  const from = given === undefined ? await writeExample(directory, effects) : resolve(given);
  const scratch = join(duck.temporaryDirectory, `sample-${effects.random.uint32()}.ndjson`);
  await effects.fs.mkdir(dirname(scratch), { recursive: true });
  await using session = await duck.connect();
  try {
    const sample = await prepareSample(from, directory, scratch, session, effects);
    const inferred = await inferRecord(session, sample.ndjson, sample.known);
    const pipeline = pipelineName(basename(from));
    const grain = await partitionGrain(session, sample.ndjson, inferred);
    const files = projectFiles(pipeline, inferred, grain, sample);
    for (const [path, text] of Object.entries(files)) await write(join(directory, path), text, effects);
    const samples = sample.produced === sampleFile || given === undefined ? [sample.produced] : [];
    return {
      pipeline,
      files: [...Object.keys(files), ...samples],
      next: nextCommands(sample.produced),
      notes: [
        ...sample.notes,
        ...notesOn(inferred, grain, sample),
        ...(await otherNotations(session, sample, inferred.fields)),
      ],
    };
  } finally {
    await effects.fs.rm(scratch, { force: true });
  }
}

async function refuseUsed(directory: string, effects: Effects): Promise<void> {
  const entries = await effects.fs.readdir(directory).catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return [];
    throw new PlayheadError('PH_USAGE', `cannot make a project in ${directory}: ${String(cause)}`, { cause });
  });
  if (entries.length === 0) return;
  throw new PlayheadError('PH_USAGE', `${directory} is not empty: ${entries.slice(0, 5).join(', ')} …`, {
    hint: 'Name a directory that is not there yet: nothing of yours is ever overwritten.',
  });
}

/** The topmost directory that had to be made; undefined where all were there. */
async function makeDirectory(directory: string, effects: Effects): Promise<string | undefined> {
  try {
    return await effects.fs.mkdir(directory, { recursive: true });
  } catch (cause) {
    const { message, code } = storageError(cause, `making ${directory}`);
    throw new PlayheadError(code, message, { cause, hint: 'Name a directory in a place that you may write to.' });
  }
}

async function writeExample(directory: string, effects: Effects): Promise<string> {
  const path = join(directory, 'plays.ndjson');
  await write(path, exampleRecords(), effects);
  return path;
}

async function write(path: string, text: string, effects: Effects): Promise<void> {
  try {
    await effects.fs.mkdir(dirname(path), { recursive: true });
    await effects.fs.writeFile(path, text, { flag: 'wx' });
  } catch (cause) {
    throw storageError(cause, `writing ${path}`);
  }
}

function projectFiles(
  pipeline: string,
  inferred: InferredRecord,
  grain: PartitionGrain,
  sample: Sample,
): Readonly<Record<string, string>> {
  const { fields, key } = inferred;
  const database = pipeline;
  const taken = new Set(fields.map(({ name }) => name.toLowerCase()));
  const instant = inferred.eventTime?.of === 'timestamp' ? inferred.eventTime : undefined;
  const eventTime = instant === undefined ? {} : { eventTime: { column: freeName('event_time', taken), ...instant } };
  const text: PipelineText = {
    pipeline,
    database,
    ...(key === undefined ? {} : { key }),
    arrival: arrivalPartitions(taken),
    ...eventPartitions(inferred, grain, taken),
  };
  const folder = `pipelines/${pipeline}`;
  const day = inferred.eventTime?.of === 'date' ? inferred.eventTime.field : undefined;
  const when = day === undefined ? eventTime : { eventTime: { column: day, field: day } };
  const queries = Object.entries(namedQueryFiles(fields, { database, ...when }));
  return {
    'playhead.config.ts': renderConfig(pipeline),
    [`${folder}/index.ts`]: renderPipeline(text),
    [`${folder}/record.ts`]: renderRecord({ pipeline, fields, headers: sample.headers, ...eventTime }),
    [`${folder}/jobs/curate.sql`]: curateSql(fields, { database, ...eventTime }),
    ...Object.fromEntries(queries.map(([name, sql]) => [`${folder}/queries/${name}`, sql])),
    'package.json': `${JSON.stringify({ private: true, type: 'module' }, undefined, 2)}\n`,
    // The rows of a sample may be about people: they are data, as what lies in the home is.
    '.gitignore': `.playhead/\n${sampleFile}\n`,
  };
}

/** A column can come only from the record or from the path: where they would meet, the path's gets another name. */
function arrivalPartitions(taken: ReadonlySet<string>): string[] {
  const names = ['year', 'month', 'day', 'hour'];
  if (!names.some((name) => taken.has(name))) return names;
  return names.map((name) => freeName(`arrival_${name}`, taken));
}

function eventPartitions(
  { eventTime }: InferredRecord,
  by: PartitionGrain,
  taken: ReadonlySet<string>,
): Pick<PipelineText, 'event'> {
  if (eventTime === undefined || by === undefined) return {};
  const hour = by === 'hour' ? ['hour'] : [];
  const columns = [['year', 'month', 'day'], ['dt'], ['date']]
    .map((days) => [...days, ...hour])
    .find((names) => !names.some((name) => taken.has(name)));
  return columns === undefined ? {} : { event: { by, field: eventTime.field, columns } };
}

function nextCommands(file: string): string[] {
  return [
    `playhead produce records --source sample --file ${shellWord(file)}`,
    'playhead deliver --drain',
    'playhead run curate',
    'playhead query --saved count',
  ];
}

function notesOn({ key, eventTime }: InferredRecord, grain: PartitionGrain, { headers }: Sample): string[] {
  const renamed = Object.entries(headers).map(([name, header]) => `${JSON.stringify(header)} → ${name}`);
  return [
    ...(renamed.length === 0 ? [] : [`columns have new names: ${renamed.join(', ')}`]),
    ...(key === undefined ? ['no field looks like a key: duplicates are kept'] : []),
    ...(eventTime === undefined ? ['no field looks like a time: the curated table is one partition'] : []),
    ...(eventTime !== undefined && grain === undefined
      ? [`few records of many days: the curated table is one partition, made anew by each run`]
      : []),
    ...(eventTime?.epoch === undefined
      ? []
      : [`the event time is ${eventTime.field}, read as ${eventTime.epoch} since 1970`]),
  ];
}
