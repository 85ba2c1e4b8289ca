import { days, formatDuration, hours, minutes, seconds } from '../base/units.ts';
import { percentileOf, simpleStatistics } from './aggregate.ts';
import type { AlarmDefinition } from './definition.ts';
import { keptFor } from './history.ts';
import { evaluationRange } from './judge-alarm.ts';

/** What is wrong with an alarm's settings beyond their shape: CloudWatch would refuse it too. */
export function alarmProblems(alarm: AlarmDefinition): readonly { readonly path: string; readonly message: string }[] {
  const { statistic, periodMs, evaluationPeriods, datapointsToAlarm } = alarm;
  const problems: { path: string; message: string }[] = [];
  if (!simpleStatistics.includes(statistic) && percentileOf(statistic) === undefined)
    problems.push({
      path: 'statistic',
      message: `"${statistic}": expected ${simpleStatistics.join(', ')}, or a percentile as p99.9`,
    });
  const whole = periodMs % minutes(1) === 0 || [10, 20, 30].some((length) => periodMs === seconds(length));
  if (!whole) problems.push({ path: 'periodMs', message: 'a period has 10, 20 or 30 seconds, or whole minutes' });
  if (datapointsToAlarm > evaluationPeriods)
    problems.push({
      path: 'datapointsToAlarm',
      message: `${datapointsToAlarm} of ${evaluationPeriods} periods can never breach: it must be at most evaluationPeriods`,
    });
  const [mostMs, most] = periodMs < hours(1) ? [days(1), 'one day'] : [days(7), 'seven days'];
  if (periodMs * evaluationPeriods > mostMs)
    problems.push({ path: 'evaluationPeriods', message: `all periods together must not be longer than ${most}` });
  const lookedAtMs = periodMs * evaluationRange(evaluationPeriods);
  if (whole && lookedAtMs > keptFor(periodMs))
    problems.push({
      path: 'evaluationPeriods',
      message: `periods of ${formatDuration(periodMs)} are kept for ${formatDuration(keptFor(periodMs))}, and ${formatDuration(lookedAtMs)} are looked at: take fewer or longer ones`,
    });
  return problems;
}
