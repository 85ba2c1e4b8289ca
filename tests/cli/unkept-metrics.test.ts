import assert from 'node:assert/strict';
import { mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { playLine, writePlaysProject } from './plays-project.ts';
import { openTerminal, type Terminal } from './terminal.ts';

interface Diagnosed {
  readonly pipelines: readonly {
    readonly links: readonly { kind: string; warnings?: readonly { finding: string; remedy?: string }[] }[];
  }[];
}

describe('a history of metrics that takes nothing', () => {
  let folder: string;
  let terminal: Terminal;
  const history = (): string => join(folder, '.playhead/metrics.sqlite');
  const produce = (n: number) =>
    terminal.run(['produce', 'records', '--source', `batch-${n}`], { input: `${playLine(n)}\n` });
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'playhead-unkept-'));
    writePlaysProject(folder);
    terminal = openTerminal(folder);
    assert.equal((await produce(1)).exitCode, 0);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const damages: Readonly<Record<string, () => void>> = {
    'is damaged': () => writeFileSync(history(), Buffer.alloc(8192, 'no database')),
    // The version of its format for writers, in SQLite's header: one that it does not know makes the file read-only.
    'can only be read': () => void writeSync(openSync(history(), 'r+'), Buffer.from([9]), 0, 1, 18),
  };
  for (const [how, damage] of Object.entries(damages))
    it(`stops no work where it ${how}; what was not kept is counted, and named`, async () => {
      damage();
      for (const words of [
        ['deliver', '--drain'],
        ['run', 'curate'],
      ]) {
        const { exitCode, err } = await terminal.run(words);
        assert.equal(exitCode, 0, err);
        assert.match(err, /what is measured can't be kept, the work goes on: .*metrics\.sqlite/);
      }
      assert.equal((await produce(2)).exitCode, 0);
      const { unkeptMetrics } = await terminal.json<{ unkeptMetrics: { measurements: number } }>(['status']);
      assert.ok(unkeptMetrics.measurements > 10);
      const { out } = await terminal.run(['status']);
      assert.match(out, /metrics {2}[\d,]+ measurements not kept, the last now: .*metrics\.sqlite/);
      const { pipelines } = await terminal.json<Diagnosed>(['doctor']);
      const warnings = pipelines[0]?.links.find(({ kind }) => kind === 'metrics')?.warnings ?? [];
      assert.ok(
        warnings.some(({ finding }) => /^[\d,]+ measurements not kept/.test(finding)),
        JSON.stringify(warnings),
      );
    });

  it('is named by doctor with what makes a new one, and keeps again from then on', async () => {
    damages['is damaged']?.();
    await terminal.run(['deliver', '--drain']);
    assert.match((await terminal.run(['doctor'])).out, /is damaged.*\n *→ Move metrics\.sqlite aside/);
    rmSync(history());
    await produce(2);
    const { exitCode, err } = await terminal.run(['deliver', '--drain']);
    assert.deepEqual([exitCode, err.includes("can't be kept")], [0, false]);
    assert.doesNotMatch((await terminal.run(['doctor'])).out, /Move metrics\.sqlite/);
  });
});
