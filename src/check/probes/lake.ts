import { tryStore } from '../../lake/store-promises.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import { type Found, faulty, type Probe, type Warning, well } from '../link.ts';
import { lacking, reached } from './reached.ts';

/** Clocks that differ by more are worth a word: stores refuse requests whose time is too far off (S3: 15 minutes). */
const tolerableSkewMs = 60_000;

/** Whether a lake on a server can be used: its rights first, then what commits and leases stand on. */
export const probeLake: Probe = (engine) => reached({ kind: 'lake', address: 'lake' }, () => lakeLink(engine));

async function lakeLink(engine: Engine): Promise<Found | undefined> {
  const lake = await engine.lake();
  if (lake.missingRights === undefined) return undefined;
  const [first, ...others] = await lake.missingRights();
  if (first !== undefined) return lacking('these credentials', [first, ...others]);
  const { broken, aheadMs } = await tryStore(lake, engine.effects);
  if (broken.length > 0) return faulty(broken.join('; '), 'use a store that keeps the promises of S3');
  return well('every right is there; creates once, replaces only what is meant', skewWarnings(aheadMs));
}

function skewWarnings(aheadMs: number): readonly Warning[] {
  if (Math.abs(aheadMs) < tolerableSkewMs) return [];
  const by = `${Math.round(Math.abs(aheadMs) / 1000)} s ${aheadMs > 0 ? 'ahead of' : 'behind'}`;
  return [{ finding: `this machine's clock is ${by} the store's`, remedy: 'set the clock: timedatectl set-ntp true' }];
}
