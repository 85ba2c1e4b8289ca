import type { Effects } from '../../base/effects.ts';
import type { Packing } from '../../lake/packing.ts';
import type { Folder } from './folders.ts';
import { type InferredColumn, mergeColumns } from './merge-types.ts';
import type { CsvSettings, ObjectSample, SampledFormat, SamplePorts, Unreadable } from './object-sample.ts';
import type { Finding } from './report.ts';
import { sampleObject } from './sample.ts';

/** What is known of a folder's objects together. */
export interface FolderProfile {
  readonly prefix: string;
  readonly objects: number;
  readonly sizeBytes: number;
  readonly format: SampledFormat;
  readonly compression: Packing;
  readonly csv?: CsvSettings;
  readonly columns: readonly InferredColumn[];
  readonly sampledRows: number;
  readonly sampledBytes: number;
}

/** What one crawl remembers of a folder for the next: plain JSON. */
export interface FolderMemory {
  readonly prefix: string;
  readonly fingerprint: string;
  readonly latestMs: number;
  /** Objects that were opened, by key: not opened again while they stay the same; what was wrong with them stays said. */
  readonly opened: Readonly<Record<string, { readonly etag: string; readonly findings: readonly Finding[] }>>;
  /** Absent where no object of the folder could be read. */
  readonly profile?: FolderProfile;
}

/**
 * Infers a folder's schema from a few of its objects, together with what an earlier crawl knew of it: types only widen
 * and columns only come, since most objects are not opened. `sampled`: how many were opened now.
 */
export async function profileFolder(
  folder: Folder,
  earlier: FolderMemory | undefined,
  ports: SamplePorts,
  effects: Effects,
): Promise<{ readonly memory: FolderMemory; readonly sampled: number }> {
  if (earlier?.fingerprint === folder.fingerprint) return { memory: earlier, sampled: 0 };
  const opened: Record<string, { etag: string; findings: readonly Finding[] }> = {};
  let profile = earlier?.profile;
  let sampled = 0;
  for (const object of folder.candidates) {
    const known = earlier?.opened[object.key];
    if (known?.etag === object.etag) opened[object.key] = known;
    // What is older than the last crawl's newest object was there to be opened then.
    if (known?.etag === object.etag || object.modifiedMs < (earlier?.latestMs ?? 0)) continue;
    sampled += 1;
    const sample = await sampleObject(object, ports, effects);
    opened[object.key] = { etag: object.etag, findings: findingsOf(object.key, sample, profile) };
    if (!('unreadable' in sample) && (profile === undefined || sameKind(profile, sample)))
      profile = withSample(profile, folder.prefix, sample);
  }
  const { prefix, fingerprint, latestMs, objects, sizeBytes } = folder;
  const memory = { prefix, fingerprint, latestMs, opened };
  return {
    memory: profile === undefined ? memory : { ...memory, profile: { ...profile, objects, sizeBytes } },
    sampled,
  };
}

function findingsOf(
  key: string,
  sample: ObjectSample | Unreadable,
  folder: FolderProfile | undefined,
): readonly Finding[] {
  if ('unreadable' in sample) return [unreadable(key, sample.unreadable)];
  return folder === undefined || sameKind(folder, sample) ? remarks(key, sample) : [mixed(key, sample, folder)];
}

/** Rows of a folder, by the size of those that were looked at. */
export function estimatedRows(profile: FolderProfile): number {
  return profile.sampledBytes === 0 ? 0 : Math.round((profile.sampledRows / profile.sampledBytes) * profile.sizeBytes);
}

/** Objects that one table can hold: of one format and, where it is CSV, written alike. */
export function sameKind(a: Pick<FolderProfile, 'format' | 'csv'>, b: Pick<FolderProfile, 'format' | 'csv'>): boolean {
  return a.format === b.format && a.csv?.delimiter === b.csv?.delimiter && a.csv?.header === b.csv?.header;
}

function withSample(earlier: FolderProfile | undefined, prefix: string, sample: ObjectSample): FolderProfile {
  const csv = sample.csv ?? earlier?.csv;
  const quote = earlier?.csv?.quote || sample.csv?.quote || '';
  return {
    prefix,
    objects: 0,
    sizeBytes: 0,
    format: sample.format,
    compression: sample.compression,
    columns: mergeColumns(earlier?.columns ?? [], sample.columns),
    sampledRows: (earlier?.sampledRows ?? 0) + sample.rows,
    sampledBytes: (earlier?.sampledBytes ?? 0) + sample.bytes,
    ...(csv === undefined ? {} : { csv: { ...csv, quote } }),
  };
}

function remarks(key: string, sample: ObjectSample): Finding[] {
  if (sample.notLines === undefined) return twins(key, sample);
  const message = `${key} holds JSON, but not one object a line: queries read lines`;
  return [{ severity: 'warning', kind: 'not-newline-delimited', subject: key, message }, ...twins(key, sample)];
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
