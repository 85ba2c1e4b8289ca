import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isPlayheadError } from '../../src/base/errors.ts';
import { invocation } from '../../src/cli/invocation.ts';
import { parseIncident, simulationArguments } from '../../src/cli/simulation-options.ts';
import { sessionArguments, sessionOptions } from '../../src/pipeline/session-arguments.ts';

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
