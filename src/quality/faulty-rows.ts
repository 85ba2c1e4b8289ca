import { type DuckSession, sqlIdentifier } from '../duck/duck.ts';
import { type Found, mostSamples } from './outcome.ts';

/** SQL of the values of these fields as one text, for a sample. */
export function valuesText(fields: readonly string[]): string {
  return fields.map((name) => `coalesce(CAST(${sqlIdentifier(name)} AS VARCHAR), 'null')`).join(` || ', ' || `);
}

/** SQL of what holds where all of these fields have a value. */
export function hasKey(fields: readonly string[]): string {
  return fields.map((name) => `${sqlIdentifier(name)} IS NOT NULL`).join(' AND ');
}

/** Counts what a query finds at fault, a row each, and keeps the first of its texts (`sample`); the others are never held. */
export async function counted(session: DuckSession, faulty: string): Promise<Found> {
  const { rows } = await session.all(`SELECT count(*), to_json(min(sample, ${mostSamples})) FROM (${faulty})`);
  const broken = Number(rows[0]?.[0] ?? 0);
  // A list of texts that the statement above made.
  const samples = JSON.parse(String(rows[0]?.[1] ?? '[]')) as readonly string[] | null;
  return { verdict: broken === 0 ? 'passed' : 'broken', broken, samples: samples ?? [] };
}
