import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isPlayheadError } from '../../../src/base/errors.ts';
import { DemandCurve, dailyShape } from '../../../src/source/sessions/demand-curve.ts';
import { localTime } from '../../../src/source/sessions/local-time.ts';
import { ViewingDays } from '../../../src/source/sessions/viewing-days.ts';
import { hourMs, sampleModel } from './sample-service.ts';

const dayOf = (date: string): number => Date.parse(date) / (24 * hourMs);
const shape = dailyShape(sampleModel);

function curveOf(timezone: string, date: string): DemandCurve {
  return new DemandCurve(new ViewingDays(localTime(timezone)), 'Freedonia', dayOf(date), shape, []);
}

describe('local time', () => {
  it('knows the offset at any instant, and the instant at which a clock shows a time', () => {
    const berlin = localTime('Europe/Berlin');
    assert.equal(berlin.offsetMs(Date.parse('2025-03-30T00:59:59Z')), hourMs);
    assert.equal(berlin.offsetMs(Date.parse('2025-03-30T01:00:00Z')), 2 * hourMs);
    assert.equal(berlin.utcOf(Date.parse('2025-08-11T03:00:00Z')), Date.parse('2025-08-11T01:00:00Z'));
    assert.equal(localTime('Australia/Adelaide').offsetMs(Date.parse('2025-08-11T00:00:00Z')), 9.5 * hourMs);
  });

  it('refuses a zone that is not known', () => {
    assert.throws(
      () => localTime('Europe/Atlantis'),
      (error: unknown) => isPlayheadError(error, 'PH_CONFIG_INVALID'),
    );
  });
});

describe('demand curve', () => {
  it('peaks at the same local hour in summer and in winter, an hour apart in UTC', () => {
    const peak = (timezone: string, date: string): number => {
      const curve = curveOf(timezone, date);
      const demand = (ms: number): number => curve.demandUntil(ms + hourMs) - curve.demandUntil(ms);
      const hours = Array.from({ length: 23 }, (_, hour) => hour * hourMs);
      const best = hours.reduce((a, b) => (demand(b) > demand(a) ? b : a));
      return new Date(curve.startMs + best).getUTCHours();
    };
    for (const timezone of ['Europe/Berlin', 'America/New_York'])
      assert.equal((peak(timezone, '2025-01-15') - peak(timezone, '2025-07-15') + 24) % 24, 1);
    assert.equal(peak('Asia/Tokyo', '2025-01-15'), peak('Asia/Tokyo', '2025-07-15'));
  });

  it('makes the day of the change 23 or 25 hours long, without a gap or an overlap to its neighbours', () => {
    for (const [date, hours] of [
      ['2025-03-29', 23],
      ['2025-10-25', 25],
      ['2025-08-11', 24],
    ] as const) {
      const [curve, next] = [curveOf('Europe/Berlin', date), curveOf('Europe/Berlin', isoAfter(date))];
      assert.equal(curve.lengthMs, hours * hourMs);
      assert.equal(curve.startMs + curve.lengthMs, next.startMs);
    }
  });

  it('has no demand in the hour that is skipped, and twice that of the hour that is repeated', () => {
    const nightHour = (date: string, hour: number): number => {
      const curve = curveOf('Europe/Berlin', date);
      const from = Date.parse(`${date}T00:00:00Z`) + hour * hourMs - curve.startMs;
      return curve.demandUntil(from + hourMs) - curve.demandUntil(from);
    };
    // 02:00 to 03:00 local is 00:00 to 02:00 UTC on the day that the clocks go back.
    assert.ok(Math.abs(nightHour('2025-10-25', 24) - nightHour('2025-10-25', 25)) < 1e-12);
    const usual = curveOf('Europe/Berlin', '2025-03-22');
    const spring = curveOf('Europe/Berlin', '2025-03-29');
    const skipped = shape.weekend.slice(24, 36).reduce((sum, each) => sum + each, 0);
    const whole = (curve: DemandCurve): number => curve.demandUntil(curve.lengthMs);
    assert.ok(Math.abs(whole(usual) - whole(spring) - skipped) < 1e-9);
  });

  it('is its own inverse', () => {
    const curve = curveOf('America/New_York', '2025-08-11');
    for (let ms = 0; ms < curve.lengthMs; ms += 1_234_567) {
      assert.ok(Math.abs(curve.timeOf(curve.demandUntil(ms)) - ms) <= 1);
    }
  });

  it('has more demand in the daytime of a weekend', () => {
    const noon = (date: string): number => {
      const curve = curveOf('Asia/Tokyo', date);
      return curve.demandUntil(10 * hourMs) - curve.demandUntil(9 * hourMs);
    };
    assert.ok(Math.abs(noon('2025-08-16') / noon('2025-08-13') - 1.5) < 1e-9);
  });
});

function isoAfter(date: string): string {
  return new Date(Date.parse(date) + 24 * hourMs).toISOString().slice(0, 10);
}
