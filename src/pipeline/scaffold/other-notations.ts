import { type DuckSession, sqlIdentifier, sqlString } from '../../duck/duck.ts';
import { jsonRows } from '../../duck/file-rows.ts';
import type { InferredField } from '../../duck/inferred-record.ts';
import type { Sample } from './sample.ts';

/** Numbers with a comma, as `21,5` and `1,234.50`; days and times in an order that is not ISO's, as `03/04/2024 10:00`. */
const notations = {
  numbers: String.raw`^\s*[+-]?[0-9][0-9., ]*,[0-9.,]*[0-9]\s*$`,
  'days or times': String.raw`^\s*[0-9]{1,2}[./-][0-9]{1,2}[./-]([0-9]{4}|[0-9]{2})([ T,].*)?$`,
} as const;

/** Which fields hold texts only that look like numbers or times: nobody can tell what `1,234` or `03/04` is. */
export async function otherNotations(
  session: DuckSession,
  { ndjson }: Sample,
  fields: readonly InferredField[],
): Promise<readonly string[]> {
  const texts = fields.filter(({ field: of }) => of.type === 'string' && of.format === undefined);
  if (texts.length === 0) return [];
  const asked = texts.flatMap(({ name }) =>
    Object.entries(notations).map(([what, pattern]) => ({ name, what, pattern })),
  );
  const columns = texts.map(({ name }) => `${sqlIdentifier(name)}: 'VARCHAR'`).join(', ');
  const judged = asked.map(
    ({ name, pattern }) => `bool_and(regexp_matches(${sqlIdentifier(name)}, ${sqlString(pattern)}))`,
  );
  const { rows } = await session.all(
    `SELECT ${judged.join(', ')} FROM ${jsonRows(ndjson, "format = 'newline_delimited', records = true", `columns = {${columns}}`)}`,
  );
  return asked.flatMap(({ name, what }, i) =>
    rows[0]?.[i] === true
      ? [`${name} stays text: its values look like ${what}, but can be read in more ways than one`]
      : [],
  );
}
