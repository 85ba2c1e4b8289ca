import { formatCount } from '../base/units.ts';
import type { Score } from '../check/score/score.ts';
import { instant } from './alarm-text.ts';
import type { Context } from './context.ts';
import { placeText } from './incident-text.ts';

/** Each figure with its count, then what is missing, by name. */
export function scoreText({ truth, figures, incidents, blind }: Score, { output }: Context): string {
  const { style } = output;
  const width = Math.max(...figures.map(({ name }) => name.length));
  const counts = figures.map(({ done, of }) => `${formatCount(done)} of ${formatCount(of)}`);
  const countWidth = Math.max(...counts.map(({ length }) => length));
  const lines = figures.map(({ name, what, done, of }, i) => {
    const mark = done === of ? style.green('✓') : style.red('✗');
    return `${mark} ${name.padEnd(width)}  ${(counts[i] ?? '').padStart(countWidth)}  ${style.dim(what)}`;
  });
  const missed = (incidents?.missed ?? []).map(({ kind, fromMs, where }) => {
    const place = Object.values(where).join(', ') || 'everywhere';
    return `  missed: ${kind}, ${place}, from ${instant(fromMs)}`;
  });
  const falseAlarms = (incidents?.falseAlarms ?? []).map(
    (found) => `  no incident: ${found.kind}, ${placeText(found)}, from ${instant(found.fromMs)}`,
  );
  const title = `${truth.source} from ${instant(truth.fromMs)} to ${instant(truth.toMs)}`;
  return [title, ...lines, ...missed, ...falseAlarms, ...blind.map((why) => `  ${why}`)].join('\n');
}
