import { isPlayheadError } from '../../base/errors.ts';
import { counted, days } from '../../base/units.ts';
import { readUnkept } from '../../observe/unkept.ts';
import type { Engine } from '../../pipeline/bind.ts';
import type { Link, Probe, Warning } from '../link.ts';

/** Measurements that were given up are news for so long. */
const newsMs = days(1);

/** Can what the engine measures of itself be kept? No record waits for it, so that a fault here is a warning. */
export const probeMetrics: Probe = async (engine, { name }) => {
  const link = { kind: 'metrics', address: `${name} metrics`, ok: true } as const;
  const unkept = await readUnkept(engine.home.unkeptFile, engine.effects);
  const broken = await historyFault(engine);
  const lost = unkept !== undefined && engine.effects.clock.now() - unkept.lastMs < newsMs;
  const warnings: Warning[] = [
    ...(broken === undefined ? [] : [broken]),
    ...(lost ? [{ finding: `${counted(unkept.measurements, 'measurement')} not kept: ${unkept.why}` }] : []),
  ];
  const finding = broken === undefined ? 'their history can be read' : 'what is measured is not kept';
  return [{ ...link, finding, warnings } satisfies Link];
};

async function historyFault(engine: Engine): Promise<Warning | undefined> {
  try {
    (await engine.metrics()).series();
    return undefined;
  } catch (error) {
    if (!isPlayheadError(error)) throw error;
    return { finding: error.message, ...(error.hint === undefined ? {} : { remedy: error.hint }) };
  }
}
