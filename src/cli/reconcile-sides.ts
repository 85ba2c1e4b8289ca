import { existsSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { PlayheadError } from '../base/errors.ts';
import { suggestion } from '../base/nearest.ts';
import type { ObjectSide } from '../check/reconcile/data-objects.ts';
import type { StreamSide } from '../check/reconcile/settings.ts';
import { openReadOnlyFileStore } from '../lake/file-read-only.ts';
import type { Engine } from '../pipeline/engine/bind.ts';
import { addressed } from '../pipeline/graph/address.ts';
import type { EpochUnit } from '../record/epoch.ts';
import type { RecordType } from '../record/type.ts';
import type { Context } from './context.ts';

export interface NamedStream {
  readonly side: StreamSide;
  /** The declared type of its records, where a definition names the topic. */
  readonly record?: RecordType;
}

/** Says that a topic of the profile's log is meant, whatever else has the name. */
const topicScheme = 'topic:';

/** What `--stream` names: a stream by its address, a topic of the profile's log, files and folders, or objects of a bucket. */
export async function streamSide(names: readonly string[], engine: Engine, context: Context): Promise<NamedStream> {
  const [only] = names;
  if (names.length === 1 && only !== undefined && !only.includes('/')) {
    const found = await topicNamed(only, engine);
    if (found !== undefined) return found;
    const isFile = !only.startsWith(topicScheme) && existsSync(resolve(context.workingDirectory, only));
    if (!isFile) throw unknownStream(only, engine);
  }
  const objects: ObjectSide[] = [];
  for (const name of names) objects.push((await bucketSide(name, engine)) ?? (await folderSide(name, context)));
  return { side: { kind: 'objects', objects } };
}

/** What `--lake` names: a prefix of the lake; of any bucket, `s3://…`; a folder of this machine (`./`, `../`, `/`). */
export async function lakeSide(name: string, engine: Engine, context: Context): Promise<ObjectSide> {
  const bucket = await bucketSide(name, engine);
  if (bucket !== undefined) return bucket;
  return isPath(name) ? folderSide(name, context) : { store: await engine.lake(), prefix: name };
}

/** A topic need not be anybody's stream: another program's on the same brokers is one too. */
async function topicNamed(name: string, engine: Engine): Promise<NamedStream | undefined> {
  const isTopic = name.startsWith(topicScheme);
  const bare = isTopic ? name.slice(topicScheme.length) : name;
  const entry = addressed(engine.pipelines, 'stream').find(({ address, name: own, definition }) =>
    isTopic ? definition.topic === bare : [address, own, definition.topic].includes(bare),
  );
  const topic = entry?.definition.topic ?? bare;
  const stream = await engine.stream();
  if ((await stream.describe(topic)) === undefined) return undefined;
  const record = entry === undefined ? {} : { record: entry.definition.record };
  return { side: { kind: 'topic', stream, topic }, ...record };
}

/** `s3://bucket/prefix`; undefined for what is none. */
async function bucketSide(name: string, engine: Engine): Promise<ObjectSide | undefined> {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)\/?(.*)$/s.exec(name) ?? [];
  return bucket === undefined ? undefined : { store: await engine.otherBucket(bucket), prefix };
}

/** A file, or all files of a folder, as objects that can only be read. */
async function folderSide(name: string, context: Context): Promise<ObjectSide> {
  const path = resolve(context.workingDirectory, name);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new PlayheadError('PH_USAGE', `${name}: there is no such file or folder`);
  if (stat.isDirectory()) return { store: await openReadOnlyFileStore(path, context.effects), prefix: '' };
  return { store: await openReadOnlyFileStore(dirname(path), context.effects), prefix: basename(path) };
}

function isPath(name: string): boolean {
  return /^(\.{0,2}\/|\.{1,2}$)/.test(name);
}

function unknownStream(name: string, { pipelines }: Engine): PlayheadError {
  if (name.startsWith(topicScheme))
    return new PlayheadError('PH_TOPIC_UNKNOWN', `the profile’s log has no topic ${name.slice(topicScheme.length)}`);
  const hint = suggestion(
    name,
    addressed(pipelines, 'stream').map(({ address }) => address),
  );
  return new PlayheadError('PH_TOPIC_UNKNOWN', `${name} is neither a stream, nor a topic, nor a file`, {
    ...(hint === '' ? {} : { hint }),
  });
}

/** The fields that a record type declares to be instants. */
export function declaredTimes(record: RecordType): [string, EpochUnit][] {
  return Object.entries(record.fields).flatMap(([name, of]): [string, EpochUnit][] => {
    if (of.type === 'bigint') return of.epoch === undefined ? [] : [[name, of.epoch]];
    const isTime = of.type === 'timestamp' || (of.type === 'string' && of.format === 'iso-timestamp');
    return isTime ? [[name, 'milliseconds']] : [];
  });
}
