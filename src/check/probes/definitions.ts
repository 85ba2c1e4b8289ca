import { counted } from '../../base/units.ts';
import { readApplied } from '../../pipeline/apply/apply.ts';
import { planChanges } from '../../pipeline/apply/plan.ts';
import { faulty, type Probe, well } from '../link.ts';

/** Are the definitions applied, or can they be? */
export const probeDefinitions: Probe = async (engine, pipeline) => {
  const changes = planChanges(await readApplied(engine), [pipeline]);
  const [refused] = changes.filter(({ change }) => change === 'incompatible');
  const link = { kind: 'definitions', address: pipeline.name } as const;
  if (refused !== undefined) {
    const finding = `incompatible with what is applied: ${refused.address}: ${refused.what[0]}`;
    return [{ ...link, ...faulty(finding, 'playhead plan') }];
  }
  const waiting = `valid; ${counted(changes.length, 'change')} for the next command to apply`;
  return [{ ...link, ...well(changes.length === 0 ? 'applied' : waiting) }];
};
