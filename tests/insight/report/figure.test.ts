import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { figureText, instantOf, tickText } from '../../../src/insight/report/figure.ts';

describe('figures for people', () => {
  it('have as many decimals as their size deserves', () => {
    const texts = [2_199_576, 378_201.43, 29.42, 8.8303, 1.9, 0.0971, 0, -12.34].map((value) => figureText(value));
    assert.deepEqual(texts, ['2,199,576', '378,201', '29.4', '8.83', '1.90', '0.097', '0', '-12.3']);
  });

  it('carry their unit, and say where there is none', () => {
    assert.equal(figureText(37.4, '%'), '37.4 %');
    assert.equal(figureText(25, '%'), '25.0 %');
    assert.equal(figureText(0, '%'), '0 %');
    assert.equal(figureText(null, 'h'), '—');
    assert.equal(tickText(0.5, '%'), '0.5 %');
  });

  it('read instants as Athena prints them', () => {
    assert.equal(instantOf('2025-08-11 10:20:00.000')?.toISOString(), '2025-08-11T10:20:00.000Z');
    assert.equal(instantOf('2025-08-11 10:20:00.000 UTC')?.toISOString(), '2025-08-11T10:20:00.000Z');
    assert.equal(instantOf('mobile'), undefined);
  });
});
