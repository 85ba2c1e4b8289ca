import { suggestion } from '../base/nearest.ts';
import { issueRules } from '../record/issue.ts';
import type { RecordType } from '../record/type.ts';
import { type CheckDefinition, isRowCheck } from './definition.ts';

/** What a check reads: records as they came in, or the table that its job makes. */
export interface CheckSubject {
  readonly input: RecordType | undefined;
  readonly target: RecordType | undefined;
  /** The job reads another job's table: its checks of rows are of those that it makes, which nobody can send back. */
  readonly derived?: boolean;
}

/** What is wrong with a job's checks in themselves; tables that they refer to, SQL and patterns are the pipeline's to look into. */
export function checkProblems(
  checks: readonly CheckDefinition[],
  { input, target, derived = false }: CheckSubject,
): readonly { readonly path: string; readonly message: string }[] {
  const problems: { path: string; message: string }[] = [];
  const names = new Set<string>();
  for (const [i, check] of checks.entries()) {
    const report = (path: string, message: string): void => {
      problems.push({ path: `checks[${i}].${path}`, message });
    };
    if (names.has(check.name)) report('name', `two checks are called "${check.name}": give one a name of its own`);
    if (check.name in issueRules)
      report('name', `"${check.name}" is a reason that record types give: another name tells them apart`);
    names.add(check.name);
    if (!isRowCheck(check) && check.severity === 'quarantine')
      report('severity', `a ${check.kind} check says of no single record that it is at fault: fail or warn`);
    if (isRowCheck(check) && derived && check.severity === 'quarantine')
      report('severity', `the rows that a job makes of another job's table are nobody's to send again: fail or warn`);
    if (derived && check.kind === 'arrival')
      report('kind', `an arrival is that of a record, and the job reads another job's table`);
    if (derived && check.kind === 'rejected')
      report('kind', `records are refused where they are read, and the job reads another job's table`);
    const record = isRowCheck(check) ? input : target;
    for (const { path, field } of fieldsOf(check)) {
      const known = Object.keys(record?.fields ?? {});
      if (record !== undefined && !known.includes(field))
        report(path, `the record ${record.name} has no field "${field}". ${suggestion(field, known)}`);
    }
    valueProblems(check, record, report);
  }
  return problems;
}

type Report = (path: string, message: string) => void;

function fieldsOf(check: CheckDefinition): readonly { readonly path: string; readonly field: string }[] {
  const listed = (path: string, fields: readonly string[]): { path: string; field: string }[] =>
    fields.map((field, i) => ({ path: `${path}[${i}]`, field }));
  if (check.kind === 'row' || check.kind === 'volume' || check.kind === 'rejected') return [];
  if (check.kind === 'unique') return listed('key', check.key);
  if (check.kind !== 'group') return [{ path: 'field', field: check.field }];
  const { by, orderBy, same, sequence } = check;
  return [
    ...listed('by', by),
    ...listed('orderBy', orderBy),
    ...listed('same', same),
    ...(sequence === undefined ? [] : [{ path: 'sequence.field', field: sequence.field }]),
  ];
}

function valueProblems(check: CheckDefinition, record: RecordType | undefined, report: Report): void {
  if (check.kind === 'range') {
    const { min, max } = check;
    if (min === undefined && max === undefined) report('min', 'a range has a least or a greatest value, or both');
    if (min !== undefined && max !== undefined && min > max)
      report('min', `${min} is above max, ${max}: no value could pass`);
    const type = record?.fields[check.field]?.type;
    if (type !== undefined && !['int', 'bigint', 'double', 'decimal'].includes(type))
      report('field', `${check.field} is ${type}, not a number`);
  }
  if ((check.kind === 'pattern' || check.kind === 'one-of' || check.kind === 'type') && record !== undefined) {
    const type = record.fields[check.field]?.type;
    if (type !== undefined && type !== 'string') report('field', `${check.field} is ${type}, not text`);
  }
  if (check.kind === 'freshness' && check.delayedMs < check.warningMs)
    report('delayedMs', 'a delay begins no sooner than its warning');
  if (check.kind === 'rejected' && !(check.most >= 0 && check.most < 1))
    report('most', `${check.most} is no share from 0 to below 1`);
  if (check.kind === 'volume' && check.least > check.most) report('least', 'is above most: no volume could pass');
  if (check.kind === 'group' && check.same.length === 0 && check.sequence === undefined)
    report('same', 'a group check asks for columns that are the same in a group, or for a sequence');
}

/** The pattern that a check matches texts with, and where it stands in the check; undefined for a check without one. */
export function patternOf(check: CheckDefinition): { readonly path: string; readonly pattern: string } | undefined {
  if (check.kind === 'pattern') return { path: 'pattern', pattern: check.pattern };
  if (check.kind !== 'group' || check.sequence === undefined) return undefined;
  return { path: 'sequence.pattern', pattern: check.sequence.pattern };
}
