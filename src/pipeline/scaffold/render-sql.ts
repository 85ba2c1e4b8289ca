import type { InferredField } from '../../duck/inferred-record.ts';
import type { EpochUnit } from '../../record/epoch.ts';
import { sqlColumn } from './names.ts';

/** Names that the SQL of a project uses. */
export interface ProjectTables {
  readonly database: string;
  /** The column that curation adds, the field that it comes from, and what that one counts where it is a number. */
  readonly eventTime?: { readonly column: string; readonly field: string; readonly epoch?: EpochUnit };
}

/** The job's SELECT, in Athena's dialect. */
export function curateSql(fields: readonly InferredField[], { database, eventTime }: ProjectTables): string {
  const columns = fields.map(({ name }) => `  ${sqlColumn(name)}`);
  if (eventTime !== undefined) {
    columns.push(`  ${instantSql(eventTime)} AS ${sqlColumn(eventTime.column)}`);
  }
  return `-- Each row of landing, typed. Duplicates of a key are dropped, and what breaks the record type is quarantined.
SELECT
${columns.join(',\n')}
FROM ${database}.landing
`;
}

const epochDivisors = { seconds: '', milliseconds: ' / 1e3', microseconds: ' / 1e6' } as const;

function instantSql({ field, epoch }: { readonly field: string; readonly epoch?: EpochUnit }): string {
  const column = sqlColumn(field);
  // Divided by a whole number, the fraction of the second would be lost.
  if (epoch !== undefined) return `from_unixtime(${column}${epochDivisors[epoch]})`;
  return `from_iso8601_timestamp(replace(${column}, ' ', 'T'))`;
}

/** A number that has a mean: neither a key nor a part of a date. */
function isMeasure({ name, field: of }: InferredField): boolean {
  return (
    (of.type === 'int' || of.type === 'double' || of.type === 'decimal') &&
    !/(id|no|number|year|month|day|hour)$/i.test(name)
  );
}

/** Saved queries: file name → SQL. */
export function namedQueryFiles(
  fields: readonly InferredField[],
  tables: ProjectTables,
): Readonly<Record<string, string>> {
  const { database, eventTime } = tables;
  const time = eventTime === undefined ? undefined : sqlColumn(eventTime.column);
  const span = time === undefined ? '' : `,\n  min(${time}) AS first_at,\n  max(${time}) AS last_at`;
  const set = fields.find(({ field: of }) => of.type === 'string' && of.oneOf !== undefined);
  const number = fields.find(isMeasure);
  const by = set === undefined ? undefined : sqlColumn(set.name);
  const measure = number === undefined ? '' : `,\n  avg(${sqlColumn(number.name)}) AS average`;
  const queries: readonly (readonly [name: string, sql: string])[] = [
    [
      'count',
      `${head('How many records there are', 'Rows of the curated table, without duplicates.', database)}SELECT
  count(*) AS records${span}
FROM curated
`,
    ],
    ...(by === undefined
      ? []
      : ([
          [
            'by-group',
            `${head(`Records by ${set?.name}`, 'The groups, the largest first.', database)}SELECT
  ${by},
  count(*) AS records${measure}
FROM curated
GROUP BY ${by}
ORDER BY records DESC
`,
          ],
        ] as const)),
    ...(time === undefined
      ? []
      : ([
          [
            'by-day',
            `${head('Records by day', 'When it happened, UTC.', database)}SELECT
  date_trunc('day', ${time}) AS day_of_event,
  count(*) AS records
FROM curated
GROUP BY 1
ORDER BY 1
`,
          ],
        ] as const)),
  ];
  return Object.fromEntries(queries.map(([name, sql], i) => [`0${i + 1}-${name}.sql`, sql]));
}

function head(title: string, description: string, database: string): string {
  return `-- ${title.replaceAll(/[\r\n]/g, ' ')}\n-- ${description}\n-- database: ${database}\n`;
}
