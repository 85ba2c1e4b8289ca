import { type TableDefinition, table } from '../../../src/catalog/definition.ts';
import { defineRecord } from '../../../src/record/define-record.ts';
import { field } from '../../../src/record/field.ts';
import { type SeedTableSource, seedTable } from '../../../src/source/definition.ts';

const samples = {
  households: {
    rows: 200,
    record: defineRecord('households', {
      fields: {
        household: field.string(),
        plan: field.string(),
        land: field.string(),
        zone: field.string(),
        subscribed: field.boolean(),
        likes: field.list(field.string()),
        since: field.date(),
        seen: field.date(),
      },
    }),
    text: `SELECT 'H' || i AS household, CASE WHEN i % 5 < 3 THEN 'solo' ELSE 'family' END AS plan, 'Freedonia' AS land,
        'Europe/Berlin' AS zone, true AS subscribed, ['art'] AS likes, $as_of - CAST(i AS INT) AS since,
        $as_of - CAST(i % 30 AS INT) AS seen
      FROM range($rows) AS numbered(i)`,
  },
  works: {
    rows: 40,
    record: defineRecord('works', {
      fields: {
        work: field.string(),
        form: field.string(),
        genre: field.string(),
        minutes: field.int(),
        score: field.int(),
      },
    }),
    text: `SELECT 'W' || i AS work, CASE WHEN i % 2 = 0 THEN 'film' ELSE 'episode' END AS form,
        ['art', 'fun'][1 + i % 2] AS genre, CAST(30 + i AS INT) AS minutes, CAST(i AS INT) AS score
      FROM range($rows) AS numbered(i)`,
  },
};

type SampleName = keyof typeof samples;

/** A reference table of the sample service, in a database of the test's. */
export function sampleTable(database: string, name: SampleName): TableDefinition {
  const { record } = samples[name];
  return table({ database, name, record, location: `reference/${name}/`, format: 'parquet' });
}

/** What fills it, the same each time. */
export function sampleSeed(into: string, name: SampleName): SeedTableSource {
  const { rows, text } = samples[name];
  return seedTable({ into, rows, seed: 1, asOf: '2025-08-11', sql: { path: `${name}.sql`, text } });
}
