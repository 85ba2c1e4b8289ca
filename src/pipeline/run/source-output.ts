import type { SessionsReport } from '../../source/produce-sessions.ts';
import type { RestRun } from '../../source/rest/run.ts';
import type { SeedTableRun } from '../../source/seed-table.ts';

/** What a run of a source says at its end, by what kind of run it was. */
export type SourceOutput =
  | ({ readonly kind: 'seed-table' } & SeedTableRun)
  | ({ readonly kind: 'rest' } & RestRun)
  | ({ readonly kind: 'sessions' } & SessionsReport)
  | { readonly kind: 'test-payload'; readonly logged: number; readonly source: string; readonly fromCache: boolean };
