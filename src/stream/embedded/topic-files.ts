import { basename } from 'node:path';
import { openSqlite } from '../../base/sqlite.ts';
import { indexSchema } from './index-schema.ts';
import { segmentPath } from './segment-file.ts';
import { readPartitions } from './topic-index.ts';

/** Name of a topic's index in its folder. */
export const topicIndexName = 'index.sqlite';

/** What a topic consists of besides its index. */
export interface TopicFiles {
  /** Segments that hold records: their names in the topic's folder, and as far as they are in the log. */
  readonly segments: readonly { readonly name: string; readonly sizeBytes: number }[];
  /** The oldest record of each partition that is there. */
  readonly starts: readonly bigint[];
}

/** Reads it from an index, or from a copy of one. Throws PH_LOG_CORRUPT and PH_STORAGE_*. */
export function topicFiles(indexFile: string): TopicFiles {
  const index = openSqlite(indexFile, indexSchema, 'read');
  try {
    const rows = index.all('SELECT id, size_bytes FROM segments WHERE id IN (SELECT segment FROM frames) ORDER BY id');
    return {
      segments: rows.map((row) => ({
        name: basename(segmentPath('', Number(row['id']))),
        sizeBytes: Number(row['size_bytes']),
      })),
      starts: readPartitions(index).map(({ start }) => start),
    };
  } finally {
    index.close();
  }
}
