import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { acme } from '../../pipelines/acme/index.ts';
import { isPlayheadError } from '../../src/base/errors.ts';
import { invocation } from '../../src/cli/invocation.ts';
import { incidentWarnings, parseIncident, simulationArguments } from '../../src/cli/simulation-options.ts';
import { sessionArguments, sessionOptions } from '../../src/pipeline/run/session-arguments.ts';

describe('simulation options', () => {
  it('become the arguments of a run, absent ones left out', () => {
    const options = {
      from: '2025-08-11',
      to: '2025-08-12',
      seed: '7',
      rate: '0.5',
      late: '0.01',
      truth: 'truth.ndjson',
    };
    const given = simulationArguments(invocation([], options), '/project');
    assert.deepEqual(given, {
      from: '2025-08-11T00:00:00.000Z',
      to: '2025-08-12T00:00:00.000Z',
      seed: 7,
      rate: 0.5,
      late: 0.01,
      truth: '/project/truth.ndjson',
    });
    assert.deepEqual(sessionArguments({ ...given }), given);
    assert.deepEqual(Object.keys(sessionOptions(given).injection ?? {}), ['late']);
  });

  it('read an incident with its window, magnitude and scope', () => {
    assert.deepEqual(
      parseIncident('isp-outage,from=2025-08-11T18:00Z,to=2025-08-11T19:00Z,magnitude=0.8,isp=Comcast'),
      {
        kind: 'isp-outage',
        fromMs: Date.UTC(2025, 7, 11, 18),
        toMs: Date.UTC(2025, 7, 11, 19),
        magnitude: 0.8,
        where: { isp: 'Comcast' },
      },
    );
  });

  for (const [spec, message] of [
    ['isp-outag,from=2025-08-11,to=2025-08-12,magnitude=1', /Did you mean "isp-outage"/],
    ['isp-outage,from=2025-08-11,to=2025-08-12', /magnitude are needed/],
    ['isp-outage,form=2025-08-11,to=2025-08-12,magnitude=1', /Did you mean "from"/],
    ['demand-spike,from=noon,to=2025-08-12,magnitude=2', /expected a date/],
  ] as const) {
    it(`refuse ${spec}`, () => {
      assert.throws(
        () => parseIncident(spec),
        (error) => isPlayheadError(error, 'PH_USAGE') && message.test(`${error.message} ${error.hint ?? ''}`),
      );
    });
  }

  it('refuse a range that ends before it begins, or where it begins', () => {
    for (const to of ['2025-08-10', '2025-08-11']) {
      assert.throws(
        () => simulationArguments(invocation([], { from: '2025-08-11', to }), '/project'),
        (error) => isPlayheadError(error, 'PH_USAGE') && error.message.includes('is not after --from'),
      );
    }
  });

  it('warn of incidents that can change nothing: outside the range, or of a provider that nobody has', () => {
    const { viewers } = acme.sources;
    assert(viewers?.source === 'sessions');
    const warnings = (window: string, where: string): string[] => {
      const incidents = [parseIncident(`isp-outage,${window},magnitude=0.5${where}`)];
      return incidentWarnings({ from: '2025-08-11', to: '2025-08-12', incidents }, viewers.model);
    };
    const within = 'from=2025-08-11T18:00Z,to=2025-08-11T19:00Z';
    for (const where of ['', ',isp=Comcast', ',isp=Iceland Telecom', ',country=Iceland,isp=Iceland Telecom'])
      assert.deepEqual(warnings(within, where), [], where);
    assert.match(warnings('from=2025-08-12,to=2025-08-13', '').join(), /wholly outside the range/);
    assert.match(warnings('from=2025-08-10,to=2025-08-11', '').join(), /wholly outside the range/);
    assert.match(warnings(within, ',isp=Comcats').join(), /provider is "Comcats"\. Did you mean "Comcast"\?/);
    assert.match(warnings(within, ',country=Iceland,isp=Comcast').join(), /There are: Iceland Telecom/);
  });

  it('refuse arguments that a source does not know, or of another type', () => {
    assert.throws(
      () => sessionArguments({ sede: 1 }),
      (error) => isPlayheadError(error, 'PH_USAGE') && error.hint === 'Did you mean "seed"?',
    );
    assert.throws(
      () => sessionArguments({ rate: 'fast' }),
      (error) => isPlayheadError(error, 'PH_USAGE') && /rate/.test(error.message),
    );
  });
});
