import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { installed } from '../../services/install.ts';
import { java } from '../../services/kafka/java.ts';
import { runProgram } from '../../services/run-program.ts';
import { spark } from '../../services/spark.ts';
import { type HeldServers, startServers } from '../../services/up.ts';
import { figureLine, misses } from '../figure.ts';
import { measured, type Taken } from './measured.ts';
import { ratios } from './ratios.ts';
import { type Ground, playhead, type WorkName, works } from './works.ts';

/**
 * `npm run bench:services [-- NAME …]`: Kafka → S3 against Spark, DuckDB and the packers, in one run, of the same bytes. Servers
 * of its own, which end with it. Exits 1 when a target is missed. PLAYHEAD_BENCH_EVENTS sets how many (default 2,000,000).
 */

const events = Number(process.env['PLAYHEAD_BENCH_EVENTS'] ?? '2000000');
/** Kafka's own producer holds its payloads in memory, and sends them at random. */
const mostPayloads = 100_000;
const names = Object.keys(works) as WorkName[];

process.exitCode = await main(process.argv.slice(2));

async function main(asked: readonly string[]): Promise<number> {
  const unknown = asked.filter((name) => !names.some((known) => known === name));
  if (unknown.length > 0) throw new Error(`no work is called ${unknown.join(', ')}: ${names.join(', ')}`);
  const scratch = await mkdtemp(join(tmpdir(), 'playhead-bench-services-'));
  let servers: HeldServers | undefined;
  try {
    say(`node ${process.version} · ${cpus().length} × ${cpus()[0]?.model} · ${Math.round(totalmem() / 1024 ** 3)} GiB`);
    servers = await startServers({ folder: join(scratch, 'servers') }, ['kafka', 's3'], say);
    const ground = await prepare(scratch, servers);
    const taken: Partial<Record<WorkName, Taken>> = {};
    for (const name of asked.length === 0 ? names : names.filter((each) => each === 'produce' || asked.includes(each)))
      taken[name] = await work(name, ground);
    const figures = ratios(taken);
    for (const figure of figures) say(`  ${figureLine(figure)}`);
    return figures.some(misses) ? 1 : 0;
  } finally {
    await servers?.stop();
    await rm(scratch, { recursive: true, force: true });
  }
}

async function work(name: WorkName, ground: Ground): Promise<Taken> {
  const { program, handled } = works[name](ground);
  const taken = await measured(program, ground.scratch);
  const count = handled(taken.output);
  if (count !== events) throw new Error(`${name}: handled ${count} of ${events} events\n${taken.output.slice(-2000)}`);
  const { wallS, cpuS, peakBytes } = taken;
  const rate = Math.round(events / cpuS).toLocaleString('en-US');
  say(
    `${name.padEnd(12)} ${wallS.toFixed(1).padStart(7)} s ${cpuS.toFixed(1).padStart(7)} s CPU ` +
      `${String(Math.round(peakBytes / 1024 ** 2)).padStart(6)} MiB ${rate.padStart(11)} events a CPU second`,
  );
  return taken;
}

/** The data, the topics, and a project whose profile names the servers. */
async function prepare(scratch: string, { servers }: HeldServers): Promise<Ground> {
  const settings = Object.assign({}, ...servers.map((server) => server.settings));
  const project = join(scratch, 'project');
  await mkdir(project);
  const profile = Object.assign({}, ...servers.map((server) => server.profile));
  // The listener of the peers: over TLS ours alone would pay for it.
  profile.stream = { backend: 'kafka', brokers: [settings.brokers] };
  await writeFile(join(project, 'playhead.config.ts'), configText(profile));
  const ground: Ground = {
    scratch,
    project,
    brokers: settings.brokers,
    kafka: dirname(settings.jars),
    spark: await installed('spark', spark, say),
    events,
    ndjson: join(scratch, 'events.ndjson'),
    payloads: join(scratch, 'payloads.ndjson'),
  };
  say(`making ${events.toLocaleString('en-US')} events`);
  await makeEvents(ground);
  const topic = ['--create', '--topic', 'performance', '--partitions', '20'];
  const where = ['--bootstrap-server', ground.brokers];
  await runProgram(java(ground.kafka, scratch, 'org.apache.kafka.tools.TopicCommand', ...where, ...topic));
  return ground;
}

function configText(profile: Readonly<Record<string, unknown>>): string {
  const module = JSON.stringify(join(import.meta.dirname, 'pipeline.ts'));
  return `import { defineConfig } from 'playhead';
import { compared } from ${module};
export const config = defineConfig({ pipelines: [compared], profiles: { services: ${JSON.stringify(profile)} } });\n`;
}

async function makeEvents({ scratch, ndjson, payloads }: Ground): Promise<void> {
  // Outside of the project, whose config doesn't name the shipped pipelines.
  const maker = (...words: readonly string[]): Promise<string> =>
    runProgram(playhead(scratch, 'embedded', ...words, '--home', join(scratch, 'maker')));
  for (const source of ['make-customers', 'make-titles']) await maker('run', source);
  await maker('generate', 'acme', '--events', String(events), '--out', ndjson);
  let left = Math.min(mostPayloads, events);
  const some = async function* (): AsyncGenerator<string> {
    for await (const line of createInterface({ input: createReadStream(ndjson) })) {
      if (left-- <= 0) return;
      yield `${line}\n`;
    }
  };
  await pipeline(some(), createWriteStream(payloads));
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
