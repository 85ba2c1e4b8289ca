import { counted, formatDuration } from '../../base/units.ts';
import type { Probe } from '../link.ts';

/** Whether the profile's lineage endpoint takes what runs tell; no link where nobody is to be told. */
export const probeLineage: Probe = async (engine, { name }) => {
  if (engine.profile.lineage === undefined) return [];
  const { pending, refused, error, oldestPendingMs } = (await engine.lineage()).store.counts();
  const link = { kind: 'lineage', address: `${name} events` } as const;
  if (refused > 0 && pending === 0)
    return [{ ...link, ok: false, finding: `${counted(refused, 'event')} refused: ${error ?? ''}` }];
  // What was told just now may still be under way; what was tried and failed is not.
  if (error === undefined)
    return [{ ...link, ok: true, finding: pending === 0 ? 'all taken' : `${counted(pending, 'event')} on their way` }];
  const age =
    oldestPendingMs === undefined ? '' : ` for ${formatDuration(engine.effects.clock.now() - oldestPendingMs)}`;
  return [
    {
      ...link,
      ok: false,
      finding: `${counted(pending, 'event')} waiting${age}: ${error}`,
      remedy: 'playhead lineage --send',
    },
  ];
};
