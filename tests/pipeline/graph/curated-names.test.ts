import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { acme } from '../../../pipelines/acme/index.ts';
import { curatedNames, onCurated } from '../../../src/pipeline/graph/curated-names.ts';

describe('curated names', () => {
  const names = curatedNames([acme]);

  it('are those of the tables that one-to-one jobs make', () => {
    assert.deepEqual([...names], [['acme_telemetry.video_telemetry_json', 'acme_telemetry.video_telemetry']]);
  });

  it('stand in for landing tables in a query, as whole names only', () => {
    const sql = 'SELECT 1 FROM acme_telemetry.video_telemetry_json, acme_telemetry.video_telemetry_json2';
    assert.equal(
      onCurated(sql, names),
      'SELECT 1 FROM acme_telemetry.video_telemetry, acme_telemetry.video_telemetry_json2',
    );
  });
});
