import { addressed } from '../pipeline/address.ts';
import type { Engine } from '../pipeline/bind.ts';
import type { PipelineDefinition } from '../pipeline/definition.ts';
import { type RestAccount, restAccount } from '../source/rest/account.ts';
import { agedObjects, expiredOf } from './aged.ts';

/** The account of every source of these pipelines that asks an API. */
export async function restAccounts(
  engine: Engine,
  pipelines: readonly PipelineDefinition[],
): Promise<readonly RestAccount[]> {
  const asking = addressed(pipelines, 'source').filter(({ definition }) => definition.source === 'rest');
  if (asking.length === 0) return [];
  const lake = await engine.lake();
  const aged = await agedObjects(engine.pipelines, lake, engine.effects);
  const accounts: RestAccount[] = [];
  for (const { address } of asking)
    accounts.push(await restAccount(lake, address, new Set(expiredOf(aged, address).map(({ key }) => key))));
  return accounts;
}
