import { isDeepStrictEqual } from 'node:util';
import { literalStart, parsePrefix } from '../../delivery/prefix.ts';
import { recordChanges } from '../../record/compatibility.ts';
import type { RecordType } from '../../record/type.ts';
import { type SourceDefinition, writtenBy } from '../../source/definition.ts';
import type { PipelineDefinition } from '../definition.ts';
import { type Addressed, addressed } from '../graph/address.ts';
import type { Kind } from '../shape/sections.ts';
import { isObject } from '../shape/shape.ts';
import type { Applied } from './applied.ts';

/** What would become of one definition, were the present ones applied. */
export interface Change {
  readonly address: string;
  readonly kind: Kind;
  /** `incompatible`: what is there cannot become what is asked for. `removed`: it is no longer run; its data stays. */
  readonly change: 'new' | 'altered' | 'incompatible' | 'removed';
  /** What differs: `buffer.sizeBytes: 5242880 → 1024`. For `incompatible`, why it cannot be. */
  readonly what: readonly string[];
  /** What to do about an incompatible one. */
  readonly hint?: string;
}

/**
 * Compares definitions with those that were last applied, address by address. Pipelines that were applied but are not
 * loaded now (another config in the same home) are left out: nobody removed them. What comes back after it was removed is
 * compared with what it was: its data is still there.
 */
export function planChanges(applied: Applied, present: readonly PipelineDefinition[]): readonly Change[] {
  const before = new Map(addressed(applied.pipelines).map((entry) => [entry.address, entry]));
  const removedBefore = new Map(addressed(applied.removed).map((entry) => [entry.address, entry]));
  const changes: Change[] = [];
  for (const entry of addressed(present)) {
    const old = before.get(entry.address);
    before.delete(entry.address);
    if (old === undefined) changes.push(added(entry, removedBefore.get(entry.address)));
    else if (!isDeepStrictEqual(plain(old.definition), plain(entry.definition))) changes.push(compare(old, entry));
  }
  const loaded = new Set(present.map(({ name }) => name));
  const removed = [...before.values()].filter(({ pipeline }) => loaded.has(pipeline));
  return [...changes, ...removed.map(({ address, kind }): Change => ({ address, kind, change: 'removed', what: [] }))];
}

function added(entry: Addressed, removedBefore: Addressed | undefined): Change {
  const { address, kind } = entry;
  const change = removedBefore === undefined ? undefined : compare(removedBefore, entry);
  if (change?.change !== 'incompatible') return { address, kind, change: 'new', what: [] };
  return { ...change, what: ['was removed, and what it made is still here', ...change.what] };
}

function compare(old: Addressed, entry: Addressed): Change {
  const { address, kind } = entry;
  if (old.kind !== entry.kind) {
    const what = [`was a ${old.kind}, is a ${kind}`];
    return { address, kind, change: 'incompatible', what, hint: anotherName(kind) };
  }
  // Both are of one kind, so that its rule can take both: a pairing that the compiler cannot follow through the table.
  const rule = incompatibilities[kind] as (old: Addressed, entry: Addressed) => readonly string[];
  const reasons = rule(old, entry);
  if (reasons.length > 0) return { address, kind, change: 'incompatible', what: reasons, hint: anotherName(kind) };
  return { address, kind, change: 'altered', what: differences(plain(old.definition), plain(entry.definition)) };
}

function anotherName(kind: Kind): string {
  return `Take the change back, or give the changed ${kind} another name and keep this one.`;
}

type Incompatibilities = { readonly [K in Kind]: (old: Addressed<K>, entry: Addressed<K>) => readonly string[] };

/** What cannot be changed in place, by kind. Kinds that keep nothing can always change. */
const incompatibilities: Incompatibilities = {
  stream: ({ definition: old }, { definition }) => [
    ...moved('topic', old.topic, definition.topic, 'its records stay in the old topic'),
    ...moved(
      'partitions',
      String(old.partitions),
      String(definition.partitions),
      'a key would go to another partition, and its records out of order',
    ),
    ...moved('cleanup', old.cleanup, definition.cleanup, 'records that were delivered could not be promised again'),
    ...brokenReaders(old.record, definition.record),
  ],
  source: ({ definition: old }, { definition }) => [
    ...moved('source', old.source, definition.source, 'what it sent counts under its address'),
    ...movedTargets(old, definition),
  ],
  gateway: ({ definition: old }, { definition }) =>
    moved('into', old.into, definition.into, 'requests that are sent again would not be known there'),
  table: ({ definition: old }, { definition }) => [
    ...moved('database', old.database, definition.database, 'queries name the table by it'),
    ...moved('name', old.name, definition.name, 'queries name the table by it'),
    ...moved('location', old.location, definition.location, 'its objects stay where they are'),
    ...moved('format', old.format, definition.format, 'its objects stay as they are'),
    ...moved(
      'partitions',
      columns(old.partitions),
      columns(definition.partitions),
      'its objects stay in their folders',
    ),
    ...moved('layout', old.layout ?? "Hive's", definition.layout ?? "Hive's", 'its objects stay in their folders'),
    ...brokenReaders(old.record, definition.record),
  ],
  delivery: ({ definition: old }, { definition }) => [
    ...moved('from', old.from, definition.from, 'its positions are those of the old stream'),
    ...moved('table', old.table ?? 'none', definition.table ?? 'none', 'its commits are registered in the old table'),
    ...moved('prefix', prefixStart(old.prefix), prefixStart(definition.prefix), 'what it delivered stays where it is'),
  ],
  crawler: () => [],
  job: ({ definition: old }, { definition }) => [
    ...moved('from', old.from, definition.from, 'its position is in the commits of the old table'),
    ...moved('into', old.into, definition.into, 'its commits belong to the old table'),
  ],
  workgroup: () => [],
  query: () => [],
  schedule: () => [],
  trigger: () => [],
  metric: () => [],
  alarm: () => [],
  lifecycle: () => [],
  report: () => [],
  detector: () => [],
};

/** What is new may go anywhere. */
function movedTargets(old: SourceDefinition, source: SourceDefinition): string[] {
  const stays = 'what it sent stays where it is, and its sequence goes on from there';
  if (old.source !== 'rest' || source.source !== 'rest')
    return moved('into', writtenBy(old).join(', '), writtenBy(source).join(', '), stays);
  return Object.entries(old.endpoints).flatMap(([name, { into }]) =>
    moved(`endpoints.${name}.into`, into, source.endpoints[name]?.into ?? into, stays),
  );
}

function moved(setting: string, old: string, now: string, why: string): string[] {
  return old === now ? [] : [`${setting}: ${old} → ${now}: ${why}`];
}

function brokenReaders(old: RecordType, now: RecordType): string[] {
  return recordChanges(old, now)
    .filter((change) => !change.compatible)
    .map((change) => `record ${now.name}: ${change.message}`);
}

function columns(partitions: Readonly<Record<string, string>>): string {
  return Object.entries(partitions)
    .map(([name, type]) => `${name} ${type}`)
    .join(', ');
}

/** Up to its first expression: the folder. */
function prefixStart(prefix: string): string {
  return literalStart(parsePrefix(prefix));
}

/** Leaf by leaf; long texts (SQL) only by name. */
function differences(old: unknown, now: unknown, path = ''): string[] {
  if (isDeepStrictEqual(old, now)) return [];
  if (isObject(old) && isObject(now)) {
    const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])];
    return keys.flatMap((key) => differences(old[key], now[key], path === '' ? key : `${path}.${key}`));
  }
  const [before, after] = [shown(old), shown(now)];
  return [before.length + after.length > 100 ? path : `${path}: ${before} → ${after}`];
}

function shown(value: unknown): string {
  if (value === undefined) return 'none';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** As it would be read back from JSON: `undefined` settings and absent ones are the same. */
function plain(definition: unknown): unknown {
  return JSON.parse(JSON.stringify(definition));
}
