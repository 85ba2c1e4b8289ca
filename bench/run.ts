import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Figure } from './figure.ts';

/**
 * `npm run bench [-- NAME …]`: each benchmark in a process of its own, so that its peak memory is its own. Exits 1 when a
 * ratio misses its target by more than the noise that its baseline allows.
 */
const benches: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  simulator: async () => (await import('./simulator.ts')).benchSimulator(),
  log: async () => (await import('./log.ts')).benchLog(),
  delivery: async () => (await import('./delivery.ts')).benchDelivery(),
  query: async () => (await import('./query.ts')).benchQueries(),
  fresh: async () => (await import('./fresh.ts')).benchFresh(),
};

if (process.argv[2] === '--child') await runChild(process.argv[3] ?? '');
else process.exitCode = runAll(process.argv.slice(2));

async function runChild(name: string): Promise<void> {
  const figures = await benches[name]?.();
  process.stdout.write(`${JSON.stringify({ figures, peakBytes: process.resourceUsage().maxRSS * 1024 })}\n`);
}

function runAll(names: readonly string[]): number {
  const packageJson = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  process.stdout.write(
    `playhead ${packageJson.version} · node ${process.version} · ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'} · ` +
      `${Math.round(totalmem() / 1024 ** 3)} GiB · ${process.platform} ${process.arch}\n`,
  );
  let missed = 0;
  for (const name of names.length > 0 ? names : Object.keys(benches)) {
    const child = spawnSync(process.execPath, [...process.execArgv, import.meta.filename, '--child', name], {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (child.status !== 0) {
      process.stdout.write(`\n${name}: failed\n`);
      missed += 1;
      continue;
    }
    const { figures, peakBytes } = JSON.parse(child.stdout.trim().split('\n').at(-1) ?? '') as {
      figures: readonly Figure[];
      peakBytes: number;
    };
    process.stdout.write(`\n${name} (peak memory ${Math.round(peakBytes / 1024 ** 2)} MiB)\n`);
    for (const figure of figures) {
      process.stdout.write(`  ${line(figure)}\n`);
      if (misses(figure)) missed += 1;
    }
  }
  return missed === 0 ? 0 : 1;
}

function line(figure: Figure): string {
  const value = `${figure.name.padEnd(44)} ${figure.value.toLocaleString('en-US', { maximumFractionDigits: 2 }).padStart(14)} ${figure.unit}`;
  if (figure.target === undefined) return value;
  const relation = figure.better === 'higher' ? '≥' : '≤';
  return `${value}  target ${relation} ${figure.target} ${misses(figure) ? '✗' : '✓'}`;
}

function misses(figure: Figure): boolean {
  if (figure.target === undefined) return false;
  return figure.better === 'higher' ? figure.value < figure.target : figure.value > figure.target;
}
