import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FoundIncident } from '../../src/insight/incident.ts';
import { matchIncidents } from '../../src/insight/match-incidents.ts';
import type { Incident } from '../../src/source/sessions/incidents.ts';

const hourMs = 3_600_000;

function truth(fromHour: number, where: Incident['where'] = {}): Incident {
  return { kind: 'isp-outage', fromMs: fromHour * hourMs, toMs: (fromHour + 1) * hourMs, magnitude: 0.5, where };
}

function found(fromHour: number, value?: string, kind = 'isp-outage'): FoundIncident {
  const scope = value === undefined ? {} : { dimension: 'isp', value };
  const [fromMs, toMs] = [fromHour * hourMs, (fromHour + 1) * hourMs];
  const figures = { measured: 'ratio', observed: 0.5, usual: 0.02, volume: 100 } as const;
  return {
    kind,
    measure: 'failures',
    is: 'high',
    scope,
    fromMs,
    toMs,
    raisedMs: fromMs + 600_000,
    isOpen: false,
    ...figures,
  };
}

describe('incidents that were found, against the truth', () => {
  it('match where kind, time and place do, one to one', () => {
    const { matched, missed, falseAlarms } = matchIncidents(
      [truth(1, { isp: 'A' }), truth(5, { isp: 'B' })],
      [found(1, 'A'), found(1.5, 'A')],
    );
    assert.deepEqual(
      matched.map(({ delayMs, isExact }) => [delayMs, isExact]),
      [[600_000, true]],
    );
    assert.deepEqual(
      missed.map(({ where }) => where.isp),
      ['B'],
    );
    assert.equal(falseAlarms.length, 1, 'a second alarm for the same is a false one');
  });

  it('don’t match at another time, in another place, or of another kind', () => {
    for (const wrong of [found(3, 'A'), found(1, 'B'), found(1, 'A', 'bad-release')])
      assert.equal(matchIncidents([truth(1, { isp: 'A' })], [wrong]).matched.length, 0);
  });

  it('match, but not exactly, where everything was said to be affected', () => {
    const { matched } = matchIncidents([truth(1, { isp: 'A' })], [found(1)]);
    assert.deepEqual(
      matched.map(({ isExact }) => isExact),
      [false],
    );
  });
});
