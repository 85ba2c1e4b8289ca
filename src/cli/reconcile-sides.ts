import { existsSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { PlayheadError } from '../base/errors.ts';
import { suggestion } from '../base/nearest.ts';
import type { ObjectSide } from '../check/reconcile/object-side.ts';
import type { StreamSide } from '../check/reconcile/settings.ts';
import { openReadOnlyFileStore } from '../lake/file-read-only.ts';
import { addressed } from '../pipeline/address.ts';
import type { Engine } from '../pipeline/bind.ts';
import type { EpochUnit } from '../record/epoch.ts';
import type { RecordType } from '../record/type.ts';
import type { Context } from './context.ts';

export interface NamedStream {
  readonly side: StreamSide;
  /** The declared type of its records, where a definition names the topic. */
  readonly record?: RecordType;
}

/** What `--stream` names: a stream by its address, a topic, or files and folders. */
export async function streamSide(names: readonly string[], engine: Engine, context: Context): Promise<NamedStream> {
  const [only] = names;
  if (names.length === 1 && only !== undefined && !only.includes('/')) {
    const streams = addressed(engine.pipelines, 'stream');
    const entry = streams.find(({ address, name, definition }) => [address, name, definition.topic].includes(only));
    const stream = await engine.stream();
    const topic = entry?.definition.topic ?? only;
    if ((await stream.describe(topic)) !== undefined) {
      const record = entry === undefined ? {} : { record: entry.definition.record };
      return { side: { kind: 'topic', stream, topic }, ...record };
    }
    if (!existsSync(resolve(context.workingDirectory, only))) throw unknownStream(only, streams);
  }
  const objects: ObjectSide[] = [];
  for (const name of names) objects.push(await folderSide(name, context));
  return { side: { kind: 'objects', objects } };
}

/** What `--lake` names: a prefix of the lake; a folder of this machine where it is written as a path (`./`, `../`, `/`). */
export async function lakeSide(name: string, engine: Engine, context: Context): Promise<ObjectSide> {
  return isPath(name) ? folderSide(name, context) : { store: await engine.lake(), prefix: name };
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

function unknownStream(name: string, streams: readonly { readonly address: string }[]): PlayheadError {
  const hint = suggestion(
    name,
    streams.map(({ address }) => address),
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
