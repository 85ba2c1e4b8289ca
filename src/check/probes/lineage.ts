import { counted, formatDuration } from '../../base/units.ts';
import { faulty, type Probe, well } from '../link.ts';

/** Whether the profile's lineage endpoint takes what runs tell; no link where nobody is to be told. */
export const probeLineage: Probe = async (engine, { name }) => {
  if (engine.profile.lineage === undefined) return [];
  const { pending, refused, error, oldestPendingMs } = (await engine.lineage()).store.counts();
  const link = { kind: 'lineage', address: `${name} events` } as const;
  if (refused > 0 && pending === 0)
    return [{ ...link, ...faulty(`${counted(refused, 'event')} refused: ${error ?? ''}`) }];
  // What was told just now may still be under way; what was tried and failed is not.
  if (error === undefined)
    return [{ ...link, ...well(pending === 0 ? 'all taken' : `${counted(pending, 'event')} on their way`) }];
  const age =
    oldestPendingMs === undefined ? '' : ` for ${formatDuration(engine.effects.clock.now() - oldestPendingMs)}`;
  return [{ ...link, ...faulty(`${counted(pending, 'event')} waiting${age}: ${error}`, 'playhead lineage --send') }];
};
