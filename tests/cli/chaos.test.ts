import assert from 'node:assert/strict';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { RoundReport } from '../../src/check/chaos/report.ts';
import { chaosText, roundText } from '../../src/cli/chaos-text.ts';
import { openTerminal, type Terminal } from './terminal.ts';

const plain = (text: string): string => text;
const style = { bold: plain, dim: plain, red: plain, green: plain, yellow: plain, cyan: plain };

describe('playhead chaos', () => {
  let folder: string;
  let terminal: Terminal;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'playhead-chaos-cli-'));
    terminal = openTerminal(folder);
  });
  after(() => rm(folder, { recursive: true }));

  for (const [words, message] of [
    [['--round', '3'], /a round is another one under each seed/],
    [['--events', '60000'], /at most 50000/],
    [['--keep', '.'], /is there already/],
    [['--rounds', '0'], /expected a whole number from 1/],
  ] as const)
    it(`refuses ${words.join(' ')}, and leaves no folder`, async () => {
      const keep = words[0] === '--keep' ? [] : ['--keep', join(folder, 'kept')];
      const { exitCode, err } = await terminal.run(['chaos', 'acme', ...words, ...keep]);
      assert.equal(exitCode, 2, err);
      assert.match(err, message);
      await assert.rejects(access(join(folder, 'kept')), { code: 'ENOENT' });
    });

  it('says what did not hold, and how to see it again', () => {
    const round: RoundReport = {
      round: 12,
      start: 'half',
      acts: [
        {
          work: 'deliver',
          fault: { kind: 'strike', step: 'any', nth: 1, signal: 'SIGKILL' },
          struckAt: 'delivery.planned',
          ended: 'killed',
        },
        { work: 'job', fault: { kind: 'storage', storage: 'torn', at: 3 }, ended: 'succeeded' },
      ],
      violations: [{ invariant: 'records', problem: '1 missing' }],
      elapsedMs: 1500,
      kept: '/there/round-12',
    };
    assert.equal(
      roundText(round, style),
      '✗  12  deliver: SIGKILL at any (delivery.planned), killed; job: storage torn, succeeded  1.50 s\n' +
        '     records: 1 missing\n     its home: /there/round-12',
    );
    const text = chaosText({ pipeline: 'plays', seed: 7, records: 600, rounds: [round], passed: 0, failed: 1 }, style);
    assert.match(text, /job {6}storage torn {8}1 {4}0\n/);
    assert.match(text, /1 of 1 round did not hold; again:\n {2}playhead chaos plays --seed 7 --round 12$/);
  });
});
