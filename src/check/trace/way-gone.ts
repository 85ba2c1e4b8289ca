import { contentName } from '../../govern/lifecycle-series.ts';
import type { CommittedVersion } from '../../ledger/account.ts';
import { isPastAge, type ObjectOwner } from '../aged.ts';
import type { Tracer } from './tracer.ts';

/** Whether a lifecycle took an object that is in the lake no more, or the store let it expire by itself. */
export async function wayGone(
  { lake, engine, aged }: Tracer,
  committed: CommittedVersion,
  owner: ObjectOwner,
): Promise<'expired' | 'missing'> {
  const known = await aged();
  if (known.byContent.has(contentName(committed))) return 'expired';
  return (await isPastAge(lake, committed, owner, known, engine.effects)) ? 'expired' : 'missing';
}
