import type { Issue, IssueRule } from '../../record/issue.ts';
import type { RecordType } from '../../record/type.ts';
import { compileValidator } from '../../record/validator.ts';
import type { RestEndpoint } from './definition.ts';

/** How an answer differs from the record that its table declares. */
export interface ShapeChange {
  readonly change: 'new field' | 'gone' | 'new type';
  /** `results[].vote_average`. */
  readonly path: string;
  readonly expected: string;
  /** The first value found there, as JSON. */
  readonly got: string;
  readonly times: number;
}

/** The rules whose breach is a change of the schema; what else may be wrong with a value is a matter of that value. */
const changeOf: Partial<Record<IssueRule, ShapeChange['change']>> = {
  unknown_field: 'new field',
  wrong_case: 'new field',
  missing: 'gone',
  wrong_type: 'new type',
  not_whole: 'new type',
  not_an_object: 'new type',
};

/** A commit holds no more; a source that differs in so many ways is another one. */
const mostChanges = 50;

export type ShapeReader = (
  document: Readonly<Record<string, unknown>>,
  records: readonly unknown[],
) => readonly ShapeChange[];

/**
 * Compares answers with the record type of their table. A field of the records is gone where none of them has it: one that
 * is required, or that the endpoint expects. Where some have it, the others lack a value, which is no change.
 */
export function shapeReader(record: RecordType, { records: list, expects }: RestEndpoint): ShapeReader {
  const validate = compileValidator(record);
  return (document, records) => {
    const byPlace = Map.groupBy(validate(document), ({ path, rule }) => `${changeOf[rule]} ${plural(path)}`);
    const found = [...byPlace.values()]
      .flatMap((issues) => changeAt(issues))
      .filter(
        ({ change, path, times }) => change !== 'gone' || !path.startsWith(`${list}[]`) || times >= records.length,
      );
    const gone = expects
      .filter((field) => records.every((each) => !has(each, field)))
      .map((field): ShapeChange => {
        const times = records.length;
        return {
          change: 'gone',
          path: `${list}[].${field}`,
          expected: 'a value in some record',
          got: 'nothing',
          times,
        };
      });
    return [...found, ...gone].slice(0, mostChanges);
  };
}

function has(record: unknown, field: string): boolean {
  // A record that is no object is of a new type, and told so.
  return typeof record === 'object' && record !== null && (record as Readonly<Record<string, unknown>>)[field] != null;
}

function changeAt(issues: readonly Issue[]): readonly ShapeChange[] {
  const [first] = issues;
  const change = first === undefined ? undefined : changeOf[first.rule];
  if (first === undefined || change === undefined) return [];
  return [{ change, path: plural(first.path), expected: first.expected, got: first.got, times: issues.length }];
}

/** All elements of a list are one place. */
function plural(path: string): string {
  return path.replace(/\[\d+\]/g, '[]');
}

export function changeText({ change, path, expected, got, times }: ShapeChange): string {
  const often = times === 1 ? '' : ` (${times} times)`;
  if (change === 'gone') return `${path} is gone: expected ${expected}${often}`;
  if (change === 'new field') return `${path} is new: ${got}${often}`;
  return `${path} is of a new type: expected ${expected}, got ${got}${often}`;
}
