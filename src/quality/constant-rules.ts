import { type DuckSession, sqlIdentifier, sqlString } from '../duck/duck.ts';
import { duckType } from '../record/columns.ts';
import type { Field, RecordType } from '../record/type.ts';
import type { RowCheck } from './definition.ts';
import { compileRowRules } from './row-rules.ts';
import { isOfSampled } from './sample-rows.ts';

/** A check that cannot tell records apart: all of the record type's keep it, or none. */
export interface ConstantRule {
  readonly check: string;
  readonly never: 'fails' | 'passes';
}

/**
 * Checks that can never fail, or never pass, on what the record type lets in. DuckDB's optimizer proves it: a table holds
 * the least and greatest value that each field is declared to have, so that by its statistics a filter on what breaks
 * (or keeps) the rule is known to leave nothing. What it cannot prove is not said. Fields without bounds bound nothing; rules over lists, maps,
 * structs and JSON, which have none, are left out.
 */
export async function constantRules(
  session: DuckSession,
  checks: readonly RowCheck[],
  record: RecordType,
): Promise<readonly ConstantRule[]> {
  const { rules, macros } = await compileRowRules(
    checks.filter(({ kind }) => kind !== 'reference' && kind !== 'arrival'),
    record,
  );
  for (const macro of macros) await session.run(macro);
  const domains = Object.entries(record.fields).map(([name, of]) => ({ name, of, edges: edgesOf(of) }));
  const row = (edge: 0 | 1): string =>
    domains
      .map(({ name, of, edges }) => `CAST(${edges[edge]} AS ${duckType(of)}) AS ${sqlIdentifier(name)}`)
      .join(', ');
  const optional = domains.filter(({ of }) => of.optional === true);
  const nulls = domains.map(({ name, of, edges }) => {
    const value = optional.some((one) => one.name === name) ? 'NULL' : edges[0];
    return `CAST(${value} AS ${duckType(of)}) AS ${sqlIdentifier(name)}`;
  });
  await session.run(`CREATE OR REPLACE TEMP TABLE _domain AS SELECT ${row(0)} UNION ALL SELECT ${row(1)}
    UNION ALL SELECT ${nulls.join(', ')}`);
  const found: ConstantRule[] = [];
  for (const { name, holds } of rules.filter((rule) => isOfSampled(record, rule))) {
    if (await leavesNothing(session, `NOT (${holds})`)) found.push({ check: name, never: 'fails' });
    else if (await leavesNothing(session, holds)) found.push({ check: name, never: 'passes' });
  }
  await session.run('DROP TABLE _domain');
  return found;
}

async function leavesNothing(session: DuckSession, condition: string): Promise<boolean> {
  const { rows } = await session.all(`EXPLAIN SELECT 1 FROM _domain WHERE ${condition}`);
  return rows.some((row) => row.some((text) => String(text).includes('EMPTY_RESULT')));
}

/** The least and the greatest value of a field's type or declaration, as SQL. */
function edgesOf(of: Field): readonly [string, string] {
  switch (of.type) {
    case 'int':
      return [String(of.min ?? -2147483648), String(of.max ?? 2147483647)];
    case 'bigint':
      return [String(of.min ?? '-9223372036854775808'), String(of.max ?? '9223372036854775807')];
    case 'double':
      return [String(of.min ?? "'-infinity'"), String(of.max ?? "'infinity'")];
    case 'string': {
      const sorted = [...(of.oneOf ?? [])].sort();
      const [first, last] = [sorted[0], sorted.at(-1)];
      // Statistics of text keep its first bytes; without a set they span all that a text can begin with.
      return first === undefined || last === undefined
        ? [`''`, `repeat(chr(1114111), 8)`]
        : [sqlString(first), sqlString(last)];
    }
    case 'decimal': {
      const most = `${'9'.repeat(of.precision - of.scale)}.${'9'.repeat(of.scale)}`;
      return [`'-${most}'`, `'${most}'`];
    }
    case 'boolean':
      return ['false', 'true'];
    case 'date':
      return [`'0001-01-01'`, `'9999-12-31'`];
    case 'timestamp':
      return [`'0001-01-01'`, `'9999-12-31 23:59:59'`];
    default:
      return ['NULL', 'NULL'];
  }
}
