import { isPlayheadError } from '../../base/errors.ts';
import { counted, days, formatBytes } from '../../base/units.ts';
import type { MetricHistory } from '../../observe/history.ts';
import { instrumentName } from '../../observe/measures.ts';
import { slotMs } from '../../observe/recorder.ts';
import { readUnkept } from '../../observe/unkept.ts';
import { type Probe, well } from '../link.ts';

/** Measurements that were given up, and what runs took, are news for so long. */
const newsMs = days(1);

/** Can what the engine measures of itself be kept? No record waits for it, so that a fault here is a warning. */
export const probeMetrics: Probe = async (engine, { name: pipeline }) => {
  const link = { kind: 'metrics', address: `${pipeline} metrics` } as const;
  const unkept = await readUnkept(engine.home.unkeptFile, engine.effects);
  const lost = unkept !== undefined && engine.effects.clock.now() - unkept.lastMs < newsMs;
  const notKept = lost ? [{ finding: `${counted(unkept.measurements, 'measurement')} not kept: ${unkept.why}` }] : [];
  try {
    const most = mostMemory(await engine.metrics(), pipeline, engine.effects.clock.now());
    const memory =
      most === undefined ? '' : `; most memory of a run today: ${formatBytes(most.bytes)}, ${most.address}`;
    return [{ ...link, ...well(`their history can be read${memory}`, notKept) }];
  } catch (error) {
    if (!isPlayheadError(error)) throw error;
    const broken = { finding: error.message, ...(error.hint === undefined ? {} : { remedy: error.hint }) };
    return [{ ...link, ...well('what is measured is not kept', [broken, ...notKept]) }];
  }
};

/** The run of this pipeline whose process had the most memory within a day; undefined where none ran. */
function mostMemory(
  history: MetricHistory,
  pipeline: string,
  nowMs: number,
): { readonly bytes: number; readonly address: string } | undefined {
  const endMs = (Math.floor(nowMs / slotMs) + 1) * slotMs;
  let most: { readonly bytes: number; readonly address: string } | undefined;
  for (const series of history.series(instrumentName('run.memory'))) {
    const address = String(series.attributes['address']);
    if (!address.startsWith(`${pipeline}.`)) continue;
    const [day] = history.read(series, endMs, newsMs, 1);
    if (day !== undefined && day.max > (most?.bytes ?? 0)) most = { bytes: day.max, address };
  }
  return most;
}
