import { counted, formatCount, formatDuration } from '../base/units.ts';
import { type DetectorDefinition, warmUpOf } from './definition.ts';
import type { Readiness } from './evidence.ts';

/** What a measure was judged on, look by look: that nothing was found says nothing of the others. */
export interface Looks extends Readonly<Record<Readiness, number>> {
  readonly measure: string;
  /** Looks before the table reached back far enough. */
  readonly young: number;
  /** From when on it does; ms since 1970, UTC. */
  readonly oldEnoughMs: number;
}

/** Why a measure was not judged, or not all the time; undefined where it was. */
export function unjudgedText(looks: Looks, detector: DetectorDefinition): string | undefined {
  const { measure, young, oldEnoughMs, judged, unlearned, few } = looks;
  const { sensitivity, windowsMs, learnMs } = detector;
  const definition = detector.measures[measure];
  if (young + unlearned + few === 0 || definition === undefined) return undefined;
  const days = formatDuration(warmUpOf(detector, definition));
  const reasons = [
    ...(young === 0 ? [] : [`the table reaches back less than ${days} before ${instant(oldEnoughMs)}: from then on`]),
    ...(unlearned === 0
      ? []
      : [`of ${counted(unlearned, 'look')} too little is in the ${dayText(learnMs)} before to learn from`]),
    ...(few === 0
      ? []
      : [
          `${counted(few, 'look')} had fewer than ${sensitivity.leastVolume} rows in ${formatDuration(windowsMs.at(-1) ?? 0)}`,
        ]),
  ];
  const all = young + judged + unlearned + few;
  const share = judged === 0 ? 'unjudged' : `judged in ${formatCount(judged)} of ${counted(all, 'look')}`;
  return `${measure}: ${share}; ${reasons.join('; ')}`;
}

function dayText(ms: number): string {
  return counted(ms / 86_400_000, 'day');
}

function instant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16)}Z`;
}
