import assert from 'node:assert/strict';
import { it } from 'node:test';
import { acmeDetectors } from '../../pipelines/acme/detectors.ts';
import { matchIncidents } from '../../src/insight/match-incidents.ts';
import type { Incident } from '../../src/source/sessions/incidents.ts';
import { evaluate } from './evaluation/evaluate.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const fromMs = Date.UTC(2025, 7, 11);
/** A small audience, for a short while: the soak has a fortnight of a larger one. */
const small = { seed: 3, fromMs, days: 3, customers: 1000, eventsPerDay: 16_000 };
const detector = { ...acmeDetectors.viewing, warmUpMs: 2 * dayMs };

it('finds an outage of a provider in what the simulator plays, through ACME’s own SQL, and nothing else', async () => {
  const outage: Incident = {
    kind: 'isp-outage',
    fromMs: fromMs + 2 * dayMs + hourMs,
    toMs: fromMs + 2 * dayMs + 4 * hourMs,
    magnitude: 0.9,
    where: { isp: 'Comcast' },
  };
  const found = await evaluate({ ...small, incidents: [outage] }, detector);
  const { matched, falseAlarms } = matchIncidents([outage], found);
  assert.equal(matched.length, 1);
  assert.equal(matched[0]?.isExact, true);
  assert.deepEqual(falseAlarms, []);
});
