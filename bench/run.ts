import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { type Figure, figureLine, misses } from './figure.ts';

/**
 * `npm run bench [-- NAME …]`: each benchmark in a process of its own, so that its peak memory is its own. Exits 1 when a
 * figure misses its target or a ratio is worse than its baseline; `--update` makes this run's ratios the baseline.
 */
const benches: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  simulator: async () => (await import('./simulator.ts')).benchSimulator(),
  log: async () => (await import('./log.ts')).benchLog(),
  delivery: async () => (await import('./delivery.ts')).benchDelivery(),
  query: async () => (await import('./query.ts')).benchQueries(Number(process.env['PLAYHEAD_BENCH_ROWS'] ?? '2000000')),
  fresh: async () => (await import('./fresh.ts')).benchFresh(),
  growth: async () => (await import('./growth.ts')).benchGrowth(),
  series: async () => (await import('./series.ts')).benchSeries(),
  ledger: async () => (await import('./ledger.ts')).benchLedger(),
  gateway: async () => (await import('./gateway.ts')).benchGateway(),
  shows: async () => (await import('./shows.ts')).benchShows(Number(process.env['PLAYHEAD_BENCH_DAYS'] ?? '1000')),
  checks: async () => (await import('./checks.ts')).benchChecks(),
};

const baselineFile = join(import.meta.dirname, 'baselines.json');

/** A shared machine makes ratios swing by this much; what is worse than that has become slower. */
const noise = 1.6;

if (process.argv[2] === '--child') await runChild(process.argv[3] ?? '');
else {
  const words = process.argv.slice(2);
  process.exitCode = runAll(
    words.filter((word) => word !== '--update'),
    words.includes('--update'),
  );
}

async function runChild(name: string): Promise<void> {
  const figures = await benches[name]?.();
  process.stdout.write(`${JSON.stringify({ figures, peakBytes: process.resourceUsage().maxRSS * 1024 })}\n`);
}

/** Ratios of an earlier run, by benchmark and figure: what a change is compared with. */
type Baselines = Record<string, Record<string, number>>;

function readBaselines(): Baselines {
  return JSON.parse(readFileSync(baselineFile, 'utf8')) as Baselines;
}

function runAll(names: readonly string[], update: boolean): number {
  const baselines = readBaselines();
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
      const before = baselines[name]?.[figure.name];
      process.stdout.write(`  ${figureLine(figure)}${compared(figure, before)}\n`);
      if (misses(figure) || isWorse(figure, before)) missed += 1;
    }
    if (update) baselines[name] = { ...baselines[name], ...ratiosOf(figures) };
  }
  if (update) writeFileSync(baselineFile, `${JSON.stringify(baselines, undefined, 2)}\n`);
  return missed === 0 ? 0 : 1;
}

/** Only ratios are kept: absolute speeds belong to a machine. */
function ratiosOf(figures: readonly Figure[]): Record<string, number> {
  const ratios = figures.filter(({ unit }) => unit === '×');
  return Object.fromEntries(ratios.map(({ name, value }) => [name, Number(value.toPrecision(3))]));
}

function isWorse({ value, better }: Figure, before: number | undefined): boolean {
  if (before === undefined) return false;
  return better === 'higher' ? value * noise < before : value > before * noise;
}

function compared(figure: Figure, before: number | undefined): string {
  if (before === undefined) return '';
  return `  baseline ${before}${isWorse(figure, before) ? ' ✗ slower' : ''}`;
}
