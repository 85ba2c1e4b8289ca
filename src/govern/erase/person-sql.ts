import { sqlIdentifier, sqlString } from '../../duck/duck.ts';
import { escaped, sqlPattern } from './id-patterns.ts';
import { isField, type Person, type TypedColumn } from './person.ts';

/** What a number prints behind its digits, where its type has a fraction. */
const noFraction = '(\\.0+)?';

/** Whether a row of these columns is about the person, never NULL. */
export function conditionOf(columns: readonly TypedColumn[], person: Person, isTelling: boolean): string {
  const { field, value } = person;
  const text = sqlString(value);
  const tests = columns.flatMap(({ name, type }) => {
    const column = sqlIdentifier(name);
    if (isField(name, person)) return [`CAST(${column} AS VARCHAR) = ${text}`];
    if (!/VARCHAR|BLOB|JSON|STRUCT|MAP|\[\]/.test(type))
      return isTelling
        ? [`regexp_full_match(CAST(${column} AS VARCHAR), ${sqlString(`${escaped(value)}${noFraction}`)})`]
        : [];
    const isNested = /STRUCT|MAP|\[\]/.test(type);
    const cast = `CAST(${isNested ? `to_json(${column})` : column} AS VARCHAR)`;
    const names = `contains(${cast}, ${text}) AND regexp_matches(${cast}, ${sqlString(sqlPattern(field, value, isTelling))})`;
    // In a row, a short id is the value of its column, or of its field in a record that the row holds; no other text is asked.
    return [isTelling ? `(${names})` : `(${names} AND regexp_matches(${cast}, '^\\s*[\\[{]'))`];
  });
  return tests.length === 0 ? 'false' : `coalesce(${tests.join(' OR ')}, false)`;
}

/** Whether such a row names the person wherever it says anything. */
export function strictConditionOf(columns: readonly TypedColumn[], person: Person, isTelling: boolean): string {
  const condition = conditionOf(columns, person, isTelling);
  if (!isTelling || columns.length === 0) return condition;
  const fields = columns.map(({ name }) => `${sqlIdentifier(name)} := ${sqlIdentifier(name)}`);
  const row = `CAST(to_json(struct_pack(${fields.join(', ')})) AS VARCHAR)`;
  const pattern = sqlPattern(person.field, person.value, true, noFraction);
  return `(${condition} OR regexp_matches(${row}, ${sqlString(pattern)}))`;
}
