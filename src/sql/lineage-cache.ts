import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Effects } from '../base/effects.ts';
import type { KnownTables, QueryLineage } from './query-lineage.ts';

/** Rises with every change of what `queryLineage` says. */
const version = 2;

/** As `queryLineage`. */
export type Lineages = (sql: string, known: KnownTables, database: string | undefined) => Promise<QueryLineage>;

/**
 * Lineages kept on disk: the front end takes time to load, and each run of a job asks for the same. A file that does
 * not read as one is written anew; where the directory can't be written, it does without.
 */
export function openLineages(directory: string, effects: Effects): Lineages {
  return async (sql, known, database) => {
    const asked = JSON.stringify([version, [...known], database ?? null, sql]);
    const file = join(directory, `lineage-${createHash('sha256').update(asked).digest('hex').slice(0, 40)}.json`);
    const stored = await readStored(file, effects);
    if (stored !== undefined) return stored;
    const lineage = await (await import('./query-lineage.ts')).queryLineage(sql, known, database);
    const partial = `${file}.${effects.random.uint32()}`;
    try {
      await effects.fs.mkdir(directory, { recursive: true });
      await effects.fs.writeFile(partial, JSON.stringify(lineage));
      await effects.fs.rename(partial, file);
    } catch (error) {
      effects.log.log('debug', 'a lineage could not be kept', { file, error: String(error) });
    }
    return lineage;
  };
}

async function readStored(file: string, { fs }: Effects): Promise<QueryLineage | undefined> {
  try {
    const parsed: unknown = JSON.parse(await fs.readFile(file, 'utf8'));
    const isLineage = typeof parsed === 'object' && parsed !== null && 'columns' in parsed && 'uses' in parsed;
    // Written above alone, under a name that is the hash of the version and what was asked.
    return isLineage ? (parsed as QueryLineage) : undefined;
  } catch {
    return undefined;
  }
}
