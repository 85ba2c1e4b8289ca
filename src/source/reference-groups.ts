import { sqlIdentifier, sqlString } from '../duck/duck.ts';
import type { TitleColumns, ViewerColumns } from './definition.ts';
import type { SessionModel } from './sessions/model.ts';

/**
 * Reference rows with the pool that each belongs to, by quantile: absolute thresholds on a score would put nearly all
 * titles into one pool. The SQL is plain enough for every dialect, so that the simulator's own reading and the data
 * loader's query put each row into the same pool.
 */
export function pooledTitles(columns: TitleColumns, model: SessionModel, relation: string): string {
  const { popular, regular } = model.titlePools;
  const name = sqlIdentifier;
  return `SELECT *,
    CASE WHEN popularity_rank <= total * ${popular.share} THEN ${sqlString('popular')}
      WHEN popularity_rank <= total * ${popular.share + regular.share} THEN ${sqlString('regular')}
      ELSE ${sqlString('niche')} END AS pool
  FROM (
    SELECT *, ROW_NUMBER() OVER (ORDER BY ${name(columns.popularity)} DESC, ${name(columns.id)}) AS popularity_rank,
      COUNT(*) OVER () AS total
    FROM ${relation}
  ) ranked`;
}

/**
 * Active viewers with their pool: the newest by start of subscription, then of the others those with the latest sign of
 * life, then the rest. `pool_rank` orders each pool.
 */
export function pooledViewers(columns: ViewerColumns, model: SessionModel, relation: string): string {
  const name = sqlIdentifier;
  const isNew = `newest_rank <= total * ${model.viewerPools.new.share}`;
  return `SELECT *,
    CASE WHEN ${isNew} THEN ${sqlString('new')}
      WHEN pool_rank <= total * ${model.viewerPools.active.share} THEN ${sqlString('active')}
      ELSE ${sqlString('regular')} END AS pool
  FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY CASE WHEN ${isNew} THEN 1 ELSE 0 END
      ORDER BY ${name(columns.lastActive)} DESC, ${name(columns.id)}) AS pool_rank
    FROM (
      SELECT *, ROW_NUMBER() OVER (ORDER BY ${name(columns.startDate)} DESC, ${name(columns.id)}) AS newest_rank,
        COUNT(*) OVER () AS total
      FROM ${relation}
      WHERE ${name(columns.active)}
    ) newest
  ) ranked`;
}
