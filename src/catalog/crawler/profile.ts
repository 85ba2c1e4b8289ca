import type { Effects } from '../../base/effects.ts';
import type { Folder } from './folders.ts';
import { type InferredColumn, mergeColumns } from './merge-types.ts';
import type { Finding } from './report.ts';
import { type ObjectSample, type SampledFormat, type SamplePorts, sampleObject } from './sample.ts';
import type { CsvSettings } from './sample-csv.ts';
import type { Compression } from './unpack-head.ts';

/** What is known of a folder's objects: plain JSON, kept from one crawl to the next. */
export interface FolderProfile {
  readonly prefix: string;
  readonly fingerprint: string;
  readonly latestMs: number;
  readonly objects: number;
  readonly sizeBytes: number;
  readonly format: SampledFormat;
  readonly compression: Compression;
  readonly csv?: CsvSettings;
  readonly columns: readonly InferredColumn[];
  /** Key → etag of what was opened: not opened again while it stays the same. */
  readonly sampled: Readonly<Record<string, string>>;
  readonly sampledRows: number;
  readonly sampledBytes: number;
}

export interface ProfileResult {
  /** Undefined where no object of the folder could be read. */
  readonly profile?: FolderProfile;
  readonly sampled: number;
  readonly findings: readonly Finding[];
}

/**
 * Infers a folder's schema from a few of its objects, together with what an earlier crawl knew of it: types only widen
 * and columns only come, since most objects are not opened.
 */
export async function profileFolder(
  folder: Folder,
  earlier: FolderProfile | undefined,
  ports: SamplePorts,
  effects: Effects,
): Promise<ProfileResult> {
  if (earlier?.fingerprint === folder.fingerprint) return { profile: earlier, sampled: 0, findings: [] };
  const findings: Finding[] = [];
  let merged = earlier;
  let sampled = 0;
  for (const object of folder.candidates) {
    // What is older than the last crawl's newest object was there to be opened then.
    const isKnown = earlier?.sampled[object.key] === object.etag || object.modifiedMs < (earlier?.latestMs ?? 0);
    if (isKnown) continue;
    sampled += 1;
    const sample = await sampleObject(object, ports, effects);
    if ('unreadable' in sample) findings.push(unreadable(object.key, sample.unreadable));
    else if (merged !== undefined && !sameKind(merged, sample)) findings.push(mixed(object.key, sample, merged));
    else {
      findings.push(...twins(object.key, sample));
      merged = withSample(merged, folder, object, sample);
    }
  }
  if (merged === undefined) return { sampled, findings };
  const { fingerprint, latestMs, objects, sizeBytes } = folder;
  return { profile: { ...merged, fingerprint, latestMs, objects, sizeBytes }, sampled, findings };
}

/** Rows of a folder, by the size of those that were looked at. */
export function estimatedRows(profile: FolderProfile): number {
  return profile.sampledBytes === 0 ? 0 : Math.round((profile.sampledRows / profile.sampledBytes) * profile.sizeBytes);
}

/** Objects that one table can hold: of one format and, where it is CSV, written alike. */
export function sameKind(a: Pick<FolderProfile, 'format' | 'csv'>, b: Pick<FolderProfile, 'format' | 'csv'>): boolean {
  return a.format === b.format && a.csv?.delimiter === b.csv?.delimiter && a.csv?.header === b.csv?.header;
}

function withSample(
  earlier: FolderProfile | undefined,
  folder: Folder,
  object: { readonly key: string; readonly etag: string },
  sample: ObjectSample,
): FolderProfile {
  const csv = sample.csv ?? earlier?.csv;
  const quote = earlier?.csv?.quote || sample.csv?.quote || '';
  return {
    prefix: folder.prefix,
    fingerprint: folder.fingerprint,
    latestMs: folder.latestMs,
    objects: folder.objects,
    sizeBytes: folder.sizeBytes,
    format: sample.format,
    compression: sample.compression,
    columns: mergeColumns(earlier?.columns ?? [], sample.columns),
    sampled: { ...earlier?.sampled, [object.key]: object.etag },
    sampledRows: (earlier?.sampledRows ?? 0) + sample.rows,
    sampledBytes: (earlier?.sampledBytes ?? 0) + sample.bytes,
    ...(csv === undefined ? {} : { csv: { ...csv, quote } }),
  };
}

/** Columns are case-insensitive: of two names that differ only so, a table can show one. */
function twins(key: string, sample: ObjectSample): Finding[] {
  const byName = Map.groupBy(sample.columns, (column) => column.name.toLowerCase());
  return [...byName.values()]
    .filter((columns) => columns.length > 1)
    .map((columns) => ({
      severity: 'warning',
      kind: 'names-differ-in-case',
      subject: key,
      message: `${key} has ${columns.map((column) => column.name).join(' and ')}, which are one column to SQL`,
    }));
}

function unreadable(key: string, reason: string): Finding {
  return { severity: 'warning', kind: 'unreadable-object', subject: key, message: `${key}: ${reason}` };
}

function mixed(key: string, sample: ObjectSample, folder: FolderProfile): Finding {
  const kind = (of: Pick<FolderProfile, 'format' | 'csv'>): string =>
    of.csv === undefined
      ? of.format
      : `${of.format} divided by ${JSON.stringify(of.csv.delimiter)} ${of.csv.header ? 'with' : 'without'} a header`;
  return {
    severity: 'warning',
    kind: 'mixed-folder',
    subject: key,
    message: `${key} is ${kind(sample)}, its folder ${kind(folder)}: a table has one format; move it to a folder of its own`,
  };
}
