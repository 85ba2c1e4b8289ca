import { isPlayheadError } from '../../base/errors.ts';
import { suggestion } from '../../base/nearest.ts';
import { describeField } from '../../record/describe-field.ts';
import type { RecordType } from '../../record/type.ts';
import type { PipelineDefinition } from '../definition.ts';
import { type Addressed, addressed, resolveAddress } from '../graph/address.ts';
import { targetsOf, type Writer } from '../graph/writers.ts';
import type { Kind } from '../shape/sections.ts';

export interface Graph {
  readonly pipelines: readonly PipelineDefinition[];
  /** Addresses of definitions that lack their shape: they may be named, but not looked into. */
  readonly broken: ReadonlySet<string>;
}

/** What a rule sees: all pipelines, the definition with its place, and where to report. */
export interface Scope {
  readonly graph: Graph;
  readonly pipeline: string;
  report(path: string, message: string): void;
}

/** Commits of a delivery say what was added, as those of a source that adds pages do; those of a job name whole partitions as they are now. */
export function writingKind(writer: Writer | undefined): Writer['kind'] | undefined {
  return writer?.kind === 'source' && writer.definition.source === 'rest' ? 'delivery' : writer?.kind;
}

/** What writes a table, among what is not broken. */
export function soundWriter(table: string, { pipelines, broken }: Graph): Writer | undefined {
  return addressed(pipelines, 'delivery', 'job', 'source').find((entry) => {
    if (broken.has(entry.address)) return false;
    return targetsOf(entry).some((target) => {
      try {
        return resolveAddress(pipelines, target, ['table', 'stream'], entry.pipeline).address === table;
      } catch (error) {
        // An address that leads nowhere is reported with its own definition.
        if (isPlayheadError(error)) return false;
        throw error;
      }
    });
  });
}

export function refer<K extends Kind>(
  address: string,
  kinds: readonly K[],
  path: string,
  scope: Scope,
): Addressed<K> | undefined {
  const found = attempt(path, scope, () => resolveAddress(scope.graph.pipelines, address, kinds, scope.pipeline));
  return found === undefined || scope.graph.broken.has(found.address) ? undefined : found;
}

export function hasField(record: RecordType, field: string, path: string, scope: Scope): boolean {
  const fields = Object.keys(record.fields);
  if (fields.includes(field)) return true;
  scope.report(path, `the record ${record.name} has no field "${field}". ${suggestion(field, fields)}`);
  return false;
}

/** A number is an instant only in a declared unit: without one, every row would be without its hour. */
export function hasTime(record: RecordType, field: string, path: string, scope: Scope): void {
  if (!hasField(record, field, path, scope)) return;
  const of = record.fields[field];
  if (of === undefined || of.type === 'string' || of.type === 'timestamp' || of.type === 'date') return;
  if (of.type === 'bigint' && of.epoch !== undefined) return;
  scope.report(path, `${field} of the record ${record.name} is ${describeField(of)}, not a time. ${timeHint}`);
}

const timeHint = "Seconds, milliseconds or microseconds since 1970 are declared as field.bigint({ epoch: 'seconds' }).";

/** What a parser or look-up refuses becomes a problem beside the others. */
export function attempt<T>(path: string, scope: Scope, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!(isPlayheadError(error) || error instanceof RangeError)) throw error;
    const hint = isPlayheadError(error) && error.hint !== undefined ? ` ${error.hint}` : '';
    scope.report(path, `${error.message}.${hint}`);
    return undefined;
  }
}
