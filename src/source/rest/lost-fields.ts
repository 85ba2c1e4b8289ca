import type { CommitSeries } from '../../commit/series.ts';
import type { PagePlan, RestCommit } from './series.ts';
import { changeText } from './shape-changes.ts';

/**
 * What the last execution of a source took although its fields are gone or of a type that nobody reads, each once, in words.
 * What is new is missing from nothing.
 */
export async function lostFields(series: CommitSeries<PagePlan, RestCommit>): Promise<readonly string[]> {
  const { last, next } = await series.head();
  const found = new Map<string, string>();
  for (let n = next - 1; n >= 0; n -= 1) {
    const commit = await series.read(n);
    if (commit === undefined || commit.execution.id !== last?.execution.id) break;
    if (commit.kind !== 'page') continue;
    const { endpoint, changes } = commit.plan;
    for (const shape of changes)
      if (shape.change !== 'new field') found.set(`${endpoint} ${shape.path}`, `${endpoint}: ${changeText(shape)}`);
  }
  return [...found.values()];
}
