import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SessionCourses } from '../../../src/source/sessions/session-courses.ts';
import { maxPauses, maxStalls, SessionPlan } from '../../../src/source/sessions/session-plan.ts';

const natural = fc.nat({ max: 2 ** 31 - 1 });
const numbers = fc.record({
  viewer: natural,
  title: natural,
  titleSeconds: natural,
  device: natural,
  quality: natural,
  connectionDraw: fc.nat({ max: 2 ** 32 - 1 }),
  bandwidth: natural,
  playSeconds: natural,
  waitedSeconds: natural,
  lengthMs: natural,
  errors: fc.nat({ max: 1000 }),
  screen: fc.nat({ max: 15 }),
  completes: fc.boolean(),
});
const breaks = (most: number) => fc.array(fc.tuple(natural, natural), { maxLength: most });
const session = fc.record({
  numbers,
  pauses: breaks(maxPauses),
  stalls: breaks(maxStalls),
  place: fc.record({ ordinal: fc.nat({ max: 47 }), start: natural }, { noNullPrototype: true }),
});

describe('session courses', () => {
  it('gives every session back as it was planned, in any order, with room for none at first', () => {
    fc.assert(
      fc.property(fc.array(session, { minLength: 1, maxLength: 40 }), (sessions) => {
        const courses = new SessionCourses(0);
        for (const { numbers: planned, pauses, stalls, place } of sessions) {
          const plan = Object.assign(new SessionPlan(), planned);
          plan.pauseCount = pauses.length;
          plan.stallCount = stalls.length;
          for (const [i, [at, ms]] of pauses.entries()) [plan.pauseAt[i], plan.pauseMs[i]] = [at, ms];
          for (const [i, [at, seconds]] of stalls.entries()) [plan.stallAt[i], plan.stallSeconds[i]] = [at, seconds];
          courses.add(plan, place.ordinal, place.start);
        }
        const plan = new SessionPlan();
        const place = { ordinal: 0, start: 0 };
        for (const [n, expected] of [...sessions.entries()].reverse()) {
          courses.read(n, plan, place);
          assert.deepEqual(place, expected.place);
          for (const [name, value] of Object.entries(expected.numbers))
            assert.equal(Reflect.get(plan, name), value, name);
          const pauses = Array.from({ length: plan.pauseCount }, (_, i) => [plan.pauseAt[i], plan.pauseMs[i]]);
          const stalls = Array.from({ length: plan.stallCount }, (_, i) => [plan.stallAt[i], plan.stallSeconds[i]]);
          assert.deepEqual([pauses, stalls], [expected.pauses, expected.stalls]);
        }
      }),
      { numRuns: 50 },
    );
  });
});
