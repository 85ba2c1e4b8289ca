import { readApplied } from '../../pipeline/apply.ts';
import { planChanges } from '../../pipeline/plan.ts';
import type { Probe } from '../link.ts';

/** Are the definitions applied, or can they be? */
export const probeDefinitions: Probe = async (engine, pipeline) => {
  const changes = planChanges(await readApplied(engine), [pipeline]);
  const [refused] = changes.filter(({ change }) => change === 'incompatible');
  const link = { kind: 'definitions', address: pipeline.name } as const;
  if (refused === undefined) {
    const finding = changes.length === 0 ? 'applied' : `valid; ${changes.length} changes wait for the next command`;
    return [{ ...link, ok: true, finding }];
  }
  const finding = `incompatible with what is applied: ${refused.address}: ${refused.what[0]}`;
  return [{ ...link, ok: false, finding, remedy: 'playhead plan' }];
};
