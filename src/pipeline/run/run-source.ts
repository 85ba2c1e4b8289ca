import { PlayheadError } from '../../base/errors.ts';
import type { RunContext, RunRequest } from '../../orchestrate/runner.ts';
import type { Engine } from '../engine/bind.ts';
import { type Addressed, resolveAddress } from '../graph/address.ts';
import type { SourceOutput } from './source-output.ts';

/** Runs a source: makes its reference table, asks its API, or simulates sessions into its stream. */
export async function runSourceOf(
  engine: Engine,
  entry: Addressed<'source'>,
  request: RunRequest,
  context: RunContext,
): Promise<SourceOutput> {
  const { address, definition } = entry;
  if (definition.source === 'sessions') {
    const { runSessions } = await import('./run-sessions.ts');
    return runSessions(engine, address, request, context);
  }
  if (definition.source === 'rest') {
    const { runRest } = await import('./run-rest.ts');
    return runRest(engine, entry, request, context);
  }
  if (Object.keys(request.arguments).length > 0) {
    throw new PlayheadError('PH_USAGE', `${address} makes a whole table: it takes no arguments`);
  }
  const { runSeedTable } = await import('../../source/seed-table.ts');
  const target = resolveAddress(engine.pipelines, definition.into, ['table'], entry.pipeline).definition;
  const { signal } = context;
  const ports = { store: await engine.lake(), catalog: await engine.catalog(), duck: await engine.duck(), signal };
  const run = await runSeedTable({ name: address, definition, target }, ports, engine.effects);
  context.log.log('info', run.made ? 'made' : 'made before from the same inputs', { rows: run.rows, key: run.key });
  return { kind: 'seed-table', ...run };
}
