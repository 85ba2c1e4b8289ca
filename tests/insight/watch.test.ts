import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isPlayheadError } from '../../src/base/errors.ts';
import { Watch } from '../../src/insight/watch.ts';
import { type Disturbance, dayMs, monday, watched, watcher, watching } from './sample-viewing.ts';

const hourMs = 3_600_000;
const minuteMs = 60_000;
/** The evening of the fourth day, for two hours. */
const window = { fromMs: monday + 3 * dayMs + 6 * hourMs, toMs: monday + 3 * dayMs + 8 * hourMs };

/** Found in these days, in short. */
function found(disturbances: readonly Disturbance[], days = 4): string[] {
  return watched({ days, disturbances }).map(({ kind, scope }) =>
    `${kind}: ${scope.dimension ?? 'everywhere'} ${scope.value ?? ''}`.trim(),
  );
}

describe('a detector', () => {
  it('finds nothing in ordinary days', () => {
    assert.deepEqual(found([], 5), []);
  });

  it('finds an outage of one provider once, as its, and not as its country’s or everybody’s', () => {
    assert.deepEqual(found([{ ...window, where: { isp: 'Sylvania Net' }, failing: 0.4 }]), [
      'outage: isp Sylvania Net',
    ]);
  });

  it('finds a fault of a country as the country’s, of an app as the app’s, of all as everybody’s', () => {
    assert.deepEqual(found([{ ...window, where: { land: 'Sylvania' }, failing: 0.2 }]), ['fault: land Sylvania']);
    assert.deepEqual(found([{ ...window, where: { app: '1.1.0' }, failing: 0.2 }]), ['fault: app 1.1.0']);
    assert.deepEqual(found([{ ...window, failing: 0.2 }]), ['fault: everywhere']);
  });

  it('tells two faults at the same time apart', () => {
    const both = found([
      { ...window, where: { isp: 'Sylvania Net' }, failing: 0.5 },
      { ...window, where: { isp: 'Freedonia Wire' }, failing: 0.12 },
    ]);
    assert.deepEqual(both.sort(), ['outage: isp Freedonia Wire', 'outage: isp Sylvania Net']);
  });

  it('finds more starts than usual, and fewer, where they are', () => {
    assert.deepEqual(found([{ ...window, where: { land: 'Freedonia' }, starts: 2.5 }]), ['rush: land Freedonia']);
    assert.deepEqual(found([{ ...window, starts: 0.3 }]), ['silence: everywhere']);
  });

  it('says when, how much, and against what; it knows within half an hour', () => {
    const [incident, ...others] = watched({
      days: 4,
      disturbances: [{ ...window, where: { isp: 'Sylvania Net' }, failing: 0.4 }],
    });
    assert.equal(others.length, 0);
    assert.ok(incident !== undefined);
    assert.ok(incident.raisedMs > window.fromMs && incident.raisedMs <= window.fromMs + 30 * minuteMs);
    assert.ok(Math.abs(incident.toMs - window.toMs) <= 35 * minuteMs, `${incident.toMs - window.toMs}`);
    assert.ok(Math.abs(incident.observed - 0.4) < 0.1 && Math.abs(incident.usual - 0.02) < 0.01);
    assert.equal(incident.isOpen, false);
  });

  it('takes what comes back within two hours for the same incident, and after that for another', () => {
    const again = (pauseMs: number): readonly unknown[] =>
      found([
        { ...window, toMs: window.fromMs + hourMs, failing: 0.3 },
        { fromMs: window.fromMs + hourMs + pauseMs, toMs: window.fromMs + 2 * hourMs + pauseMs, failing: 0.3 },
      ]);
    assert.equal(again(hourMs).length, 1);
    assert.equal(again(4 * hourMs).length, 2);
  });

  it('does not learn an incident as what is usual', () => {
    const evenings = [3, 4, 5, 6, 7, 8].map((day) => {
      const fromMs = monday + day * dayMs + 6 * hourMs;
      return { fromMs, toMs: fromMs + 2 * hourMs, failing: 0.06 };
    });
    const delays = watched({ days: 9, disturbances: evenings }).map(({ raisedMs }) => (raisedMs % dayMs) - 6 * hourMs);
    assert.equal(delays.length, 6);
    // Each is as clear as the first, and known as soon.
    assert.ok(Math.max(...delays) <= 15 * minuteMs, delays.join());
  });

  it('judges nothing on fewer rows than it was told to', () => {
    const few = { days: 4, starts: 8, disturbances: [{ ...window, where: { isp: 'Sylvania Net' }, failing: 1 }] };
    const careful = { ...watcher, sensitivity: { ...watcher.sensitivity, leastVolume: 1000 } };
    assert.deepEqual(watched(few, careful), []);
    assert.ok(watched({ ...few, starts: 80 }).length > 0);
  });

  it('sees an incident that is no news only where the change is large enough', () => {
    const slight = { days: 4, disturbances: [{ ...window, failing: 0.05 }] };
    const indifferent = { ...watcher, sensitivity: { ...watcher.sensitivity, leastChange: 4 } };
    assert.equal(watched(slight).length, 1);
    assert.equal(watched(slight, indifferent).length, 0);
  });

  it('judges shares on the first day, after the hours that they were told to take, and counts not yet', () => {
    const { starts, failures } = watcher.measures;
    assert.ok(starts !== undefined && failures?.measure === 'ratio');
    const early = { ...watcher, measures: { starts, failures: { ...failures, warmUpMs: 6 * hourMs } } };
    const at = (hour: number): Disturbance => {
      const fromMs = monday + hour * hourMs;
      return { fromMs, toMs: fromMs + hourMs, where: { isp: 'Sylvania Net' }, failing: 0.4, starts: 4 };
    };
    const [incident, ...others] = watched({ days: 1, disturbances: [at(3), at(9)] }, early);
    assert.equal(others.length, 0);
    assert.deepEqual([incident?.kind, incident?.scope.value], ['outage', 'Sylvania Net']);
    assert.ok(incident !== undefined && incident.raisedMs - (monday + 9 * hourMs) <= 30 * minuteMs);
    for (const seed of [1, 2, 3, 4, 5]) assert.deepEqual(watched({ days: 1, seed }, early), []);
  });

  it('takes an outage for one, also where it lasts over nights in which too little happens to tell', () => {
    const fromMs = monday + 5 * dayMs + 14 * hourMs;
    const outage = { fromMs, toMs: fromMs + 3 * dayMs, starts: 0 };
    const [incident, ...others] = watched({ days: 10, starts: 6, disturbances: [outage] });
    assert.deepEqual(others, [], 'nor is what comes after it one, for want of scatter to learn from');
    assert.deepEqual([incident?.kind, incident?.scope, incident?.isOpen], ['silence', {}, false]);
    assert.equal(incident?.volume, undefined, 'a count is out of nothing');
  });

  it('says of each measure how often it could judge, and why not', () => {
    const looks = (days: number, starts: number, fromMs: number) =>
      watching({ days, starts })
        .looks(fromMs)
        .map(({ measure: _, ...counts }) => counts);
    const perDay = dayMs / watcher.stepMs;
    const oldEnoughMs = monday + 3 * dayMs;
    const none = { young: 0, judged: 0, unlearned: 0, few: 0, oldEnoughMs };
    const [starts, failures] = looks(4, 400, monday);
    assert.deepEqual(starts, { ...none, young: 3 * perDay, judged: perDay });
    assert.deepEqual(failures, starts);
    assert.deepEqual(looks(4, 0, oldEnoughMs)[0], { ...none, unlearned: perDay });
    const [few] = looks(4, 1, oldEnoughMs);
    assert.ok(few !== undefined && few.few > 0.9 * perDay, JSON.stringify(few));
  });

  it('refuses a dimension that does not group', () => {
    const watch = new Watch(watcher, { fromMs: monday, toMs: monday + dayMs });
    assert.throws(
      () => {
        for (let i = 0; i < 6000; i += 1)
          watch.add({ step: monday / watcher.stepMs, values: ['', '', `app ${i}`], counts: [1, 0, 0] });
      },
      (error) => isPlayheadError(error, 'PH_CONFIG_INVALID') && /more than 5000 values/.test(error.message),
    );
  });
});
