import { PlayheadError } from '../base/errors.ts';
import { cronSchedule } from './cron.ts';
import type { Schedule } from './schedule.ts';

const unitMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/**
 * Reads AWS's schedule expressions: `cron(minute hour day-of-month month day-of-week year)` and `rate(value unit)`.
 * A rate fires on the wall clock's multiples since 1970 UTC, so that two processes agree on its instants.
 * PH_PATTERN_INVALID names the field that is wrong.
 */
export function parseSchedule(expression: string): Schedule {
  const match = /^\s*(cron|rate)\s*\(([^()]*)\)\s*$/.exec(expression);
  const body = match?.[2]?.trim() ?? '';
  if (match?.[1] === 'cron') return cronSchedule(expression, body);
  if (match?.[1] === 'rate') return rateSchedule(expression, body);
  throw new PlayheadError('PH_PATTERN_INVALID', `not a schedule: ${expression}`, {
    hint: 'Write rate(5 minutes), rate(1 hour), rate(1 day), or cron(minute hour day-of-month month day-of-week year).',
  });
}

function rateSchedule(expression: string, body: string): Schedule {
  const match = /^(\d+)\s+(minute|hour|day)(s?)$/.exec(body);
  const value = Number(match?.[1]);
  const unit = match?.[2];
  if (!(unit === 'minute' || unit === 'hour' || unit === 'day') || !Number.isSafeInteger(value) || value < 1) {
    throw new PlayheadError('PH_PATTERN_INVALID', `not a rate: ${expression}`, {
      hint: 'Write a whole number from 1 and minutes, hours or days: rate(5 minutes).',
    });
  }
  // AWS refuses `rate(1 minutes)` and `rate(5 minute)`; a definition that passes here must pass there.
  if ((value === 1) !== (match?.[3] === '')) {
    throw new PlayheadError('PH_PATTERN_INVALID', `not a rate: ${expression}`, {
      hint: `Write rate(${value} ${unit}${value === 1 ? '' : 's'}).`,
    });
  }
  const intervalMs = value * unitMs[unit];
  return { expression, next: (afterMs) => (Math.floor(afterMs / intervalMs) + 1) * intervalMs };
}
