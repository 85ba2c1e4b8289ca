import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { playLine, playThrough, writePlaysProject } from './plays-project.ts';
import { beginHome, openTerminal, type Terminal } from './terminal.ts';

const checks = "check.range('seconds', { max: 10 }, { severity: 'warn' }), check.volume()";

it('doctor without a pipeline gives no all-clear', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'playhead-doctor-'));
  writeFileSync(join(folder, 'playhead.config.ts'), 'export const config = { pipelines: [] };');
  beginHome(folder);
  const { exitCode, err } = await openTerminal(folder).run(['doctor']);
  assert.notEqual(exitCode, 0);
  assert.match(err, /no pipeline is loaded[\s\S]*playhead init DIR/);
  rmSync(folder, { recursive: true });
});

it('doctor names commands for the profile that it was called with', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'playhead-doctor-'));
  writePlaysProject(folder);
  mkdirSync(join(folder, '.playhead/profiles'), { recursive: true });
  writeFileSync(join(folder, '.playhead/profiles/small.json'), '{"engine":{"backend":"duckdb","threads":1}}');
  const { out } = await openTerminal(folder).run(['doctor', '--profile', 'small']);
  assert.match(out, /first silent link.*\n {2}→ playhead --profile small produce plays\.records/);
  rmSync(folder, { recursive: true });
});

describe('doctor of a flow in which records are set aside', () => {
  let folder: string;
  let terminal: Terminal;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'playhead-doctor-'));
    writePlaysProject(folder, { checks });
    terminal = openTerminal(folder);
    await playThrough(terminal);
    for (const words of [
      ['deliver', '--drain'],
      ['run', 'curate'],
    ])
      await terminal.run(words);
  });
  after(() => rmSync(folder, { recursive: true }));

  /** What it says in the lines that are neither a link nor blank. */
  const said = async (): Promise<{ exitCode: number; lines: readonly string[] }> => {
    const { exitCode, out } = await terminal.run(['doctor']);
    return { exitCode, lines: out.split('\n').map((line) => line.trim()) };
  };
  /** What stands behind the arrow under a finding. */
  const remedyOf = async (finding: string): Promise<string | undefined> => {
    const { lines } = await said();
    const at = lines.indexOf(finding);
    assert.ok(at >= 0, lines.join('\n'));
    return lines[at + 1]?.replace('→ playhead ', '');
  };

  it('does not call every link well, and is no failure', async () => {
    const { exitCode, lines } = await said();
    assert.equal(exitCode, 0);
    assert.ok(lines.includes('Records pass every link; 4 warnings above.'), lines.join('\n'));
  });

  it('names what could not be parsed with the command that says where it lies', async () => {
    const remedy = await remedyOf('1 record set aside: could not be parsed');
    const { out } = await terminal.run(remedy?.split(' ') ?? []);
    assert.match(out, /plays\.deliver: 1 record could not be parsed: .*quarantine show plays\.deliver/);
  });

  it('names what is in quarantine with the command that shows it', async () => {
    const remedy = await remedyOf('1 record in quarantine');
    assert.match((await terminal.run(remedy?.split(' ') ?? [])).out, /plays\.curate +wrong_type +1 +seconds: "six"/);
  });

  it('names checks that are broken, and those that had nothing to judge by', async () => {
    const broken = await remedyOf('check seconds_range broken: 6');
    assert.equal(broken, 'logs plays.curate');
    assert.equal(await remedyOf('nothing to judge by for 1 check: volume'), 'logs plays.curate');
  });

  it('names a job whose input waits for longer than the hour at which jobs run', async () => {
    await terminal.run(['produce', 'records', '--source', 'more'], { input: playLine(20) });
    await terminal.run(['deliver', '--drain']);
    const warned = async (): Promise<boolean> =>
      (await said()).lines.some((line) => line.startsWith('its input waits for '));
    assert.equal(await warned(), false);
    await terminal.clock.advance(91 * 60_000);
    assert.equal(await warned(), true);
  });

  it('keeps the verdicts of the last run where a replay mended nothing', async () => {
    const before = await said();
    assert.match((await terminal.run(['quarantine', 'replay', 'curate'])).out, /0 written/);
    assert.deepEqual(await said(), before);
  });
});
