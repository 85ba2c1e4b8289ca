import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PlayheadError } from '../../base/errors.ts';
import type { NamedQueryDefinition } from '../../query/definition.ts';

/** A SQL text with the path that it came from, relative to its pipeline's folder: what messages about it name. */
export interface SqlFile {
  readonly text: string;
  readonly path: string;
}

/**
 * Reads a SQL file of a pipeline: `sqlFile(import.meta.dirname, 'jobs/curate.sql')`. The definition carries the text, so
 * that it stays pure data. PH_CONFIG_INVALID when the file is not there.
 */
export function sqlFile(folder: string, path: string): SqlFile {
  try {
    return { text: readFileSync(join(folder, path), 'utf8'), path };
  } catch (cause) {
    throw new PlayheadError('PH_CONFIG_INVALID', `the SQL file ${path} cannot be read`, {
      cause,
      hint: `It is looked for at ${join(folder, path)}.`,
    });
  }
}

/**
 * Every `.sql` file of a folder as a named query, in the order of the file names. `03-customer-behaviour.sql` becomes
 * `customer-behaviour`. The comment lines at the head describe it:
 *
 * ```sql
 * -- Customer behaviour by tier
 * -- How much each tier and age group watches.
 * -- database: media_telemetry
 * SELECT …
 * ```
 * The first line is the title, `database:` and `workgroup:` are settings, the rest is the description.
 */
export function namedQueries(folder: string, path: string): Record<string, NamedQueryDefinition> {
  const files = listSqlFiles(folder, path);
  return Object.fromEntries(
    files.map((file) => {
      const name = file.replace(/\.sql$/, '').replace(/^\d+[-_]/, '');
      return [name, namedQuery(name, sqlFile(folder, `${path.replace(/\/$/, '')}/${file}`))];
    }),
  );
}

function listSqlFiles(folder: string, path: string): string[] {
  try {
    return readdirSync(join(folder, path))
      .filter((file) => file.endsWith('.sql'))
      .sort();
  } catch (cause) {
    throw new PlayheadError('PH_CONFIG_INVALID', `the folder of queries ${path} cannot be read`, {
      cause,
      hint: `It is looked for at ${join(folder, path)}.`,
    });
  }
}

function namedQuery(name: string, file: SqlFile): NamedQueryDefinition {
  const settings: { database?: string; workgroup?: string } = {};
  const lines: string[] = [];
  for (const line of commentHead(file.text)) {
    const setting = /^(database|workgroup):\s*(\S+)$/.exec(line);
    if (setting?.[1] === 'database' || setting?.[1] === 'workgroup') settings[setting[1]] = setting[2] ?? '';
    else if (line !== '') lines.push(line);
  }
  return {
    kind: 'query',
    title: lines[0] ?? name,
    description: lines.slice(1).join(' '),
    ...settings,
    sql: file.text,
    sqlPath: file.path,
  };
}

/** The `--` lines before the first other line, without their dashes. */
function commentHead(sql: string): string[] {
  const lines = sql.split(/\r?\n/);
  const end = lines.findIndex((line) => !/^\s*(--|$)/.test(line));
  return lines.slice(0, end === -1 ? lines.length : end).map((line) => line.replace(/^\s*--\s?/, '').trim());
}
