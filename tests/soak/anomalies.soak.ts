import assert from 'node:assert/strict';
import { it } from 'node:test';
import { matchIncidents } from '../../src/insight/match-incidents.ts';
import { drawIncidents } from '../insight/evaluation/draw-incidents.ts';
import { evaluate } from '../insight/evaluation/evaluate.ts';
import { evaluationReport, type SeedResult } from '../insight/evaluation/report.ts';
import { soakCases } from './length.ts';

/** Report on 11 to 20, always the same; PLAYHEAD_ANOMALY_SEEDS=1,2,3 to tune on others. About a minute a seed. */
const seeds = soakCases(
  (process.env['PLAYHEAD_ANOMALY_SEEDS'] ?? '11,12,13,14,15,16,17,18,19,20').split(',').map(Number),
);
const dayMs = 86_400_000;
const fromMs = Date.UTC(2025, 7, 11);
const days = 14;
const warmUpDays = 3;
/** A tenth of ACME's audience and of its events: as many events a household as at full size. */
const size = { customers: 10_000, eventsPerDay: 220_000 };
const mostDelayMs = 30 * 60_000;

it(`finds nine of ten incidents within 30 minutes, and nine of ten alarms are incidents, over ${seeds.length} fortnights`, async (test) => {
  const results: SeedResult[] = [];
  for (const seed of seeds) {
    const incidents = drawIncidents({
      seed,
      fromMs: fromMs + warmUpDays * dayMs,
      toMs: fromMs + days * dayMs,
      count: 12,
    });
    const found = await evaluate({ seed, fromMs, days, ...size, incidents });
    const quiet = await evaluate({ seed, fromMs, days, ...size, incidents: [] });
    results.push({ seed, score: matchIncidents(incidents, found), quiet });
  }
  const { text, recall, precision } = evaluationReport(results, mostDelayMs);
  test.diagnostic(`\n${text}`);
  assert.ok(precision >= 0.9, `precision ${precision}`);
  assert.ok(recall >= 0.9, `recall ${recall}`);
  for (const { seed, quiet } of results)
    assert.ok(quiet.length <= 1, `seed ${seed}: ${quiet.length} false alarms in a fortnight without incidents`);
});
