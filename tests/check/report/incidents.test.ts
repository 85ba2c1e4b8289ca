import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { incidentBlocks } from '../../../src/check/report/incidents.ts';
import type { FoundIncident } from '../../../src/insight/incident.ts';

const found: FoundIncident = {
  kind: 'isp-outage',
  measure: 'failures',
  measured: 'ratio',
  is: 'high',
  scope: { dimension: 'isp', value: 'Northern Cable' },
  fromMs: Date.UTC(2025, 7, 11, 9),
  toMs: Date.UTC(2025, 7, 11, 10, 30),
  raisedMs: Date.UTC(2025, 7, 11, 9, 15),
  isOpen: false,
  observed: 0.31,
  usual: 0.02,
  volume: 640,
};

describe('incidents in a report', () => {
  it('stand along the day, and in figures', () => {
    const [spans, table] = incidentBlocks('Found by viewing', [found, { ...found, scope: {}, isOpen: true }]);
    assert.deepEqual(
      spans?.rows.map(({ name }) => name),
      ['isp-outage, isp Northern Cable', 'isp-outage, everywhere'],
    );
    assert.deepEqual(table?.rows[0], {
      incident: 'isp-outage',
      where: 'isp Northern Cable',
      from: '2025-08-11 09:00:00',
      to: '2025-08-11 10:30:00',
      raised: '2025-08-11 09:15:00',
      seen: '31.0 %',
      usual: '2.0 %',
      volume: 640,
    });
    assert.equal(table?.rows[1]?.['to'], 'goes on');
  });

  it('are said to be none where there are none', () => {
    const blocks = incidentBlocks('Found by viewing', []);
    assert.deepEqual([blocks.length, blocks[0]?.empty], [1, 'Nothing out of the ordinary.']);
  });

  it('are not said to be none of what was not judged', () => {
    const [block] = incidentBlocks('Found by viewing', [], ['starts: unjudged; the table is young']);
    assert.equal(block?.empty, 'Nothing out of the ordinary in what could be judged.');
    assert.equal(block.view.note, 'starts: unjudged; the table is young');
  });
});
