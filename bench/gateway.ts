import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Fastify from 'fastify';
import { userEvents } from '../pipelines/tally/events.ts';
import { byteShare } from '../src/base/byte-share.ts';
import { systemEffects } from '../src/base/effects.ts';
import { mebibytes, minutes } from '../src/base/units.ts';
import { gateway } from '../src/index.ts';
import { jsonSchema } from '../src/record/json-schema.ts';
import { openApiKeys } from '../src/server/api-keys.ts';
import { openGatewayFile } from '../src/server/gateway-schema.ts';
import { openGatewayServer } from '../src/server/open.ts';
import { openEmbeddedStream } from '../src/stream/embedded/open.ts';
import type { Figure } from './figure.ts';

interface Load {
  readonly eventsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU of the server's process, its threads included, in µs an event. */
  readonly cpuMicros: number;
  /** Of its main thread alone, which is what bounds a server that has more cores than one. */
  readonly mainCpuMicros: number;
}

const batchEvents = 100;
const into = userEvents.streams.events;

/**
 * Events a second that a gateway takes in batches of 100 over 64 connections, durably, against a bare handler of the same
 * framework that parses and validates them and answers as much. In turn, in one process; the load comes from another.
 */
export async function benchGateway(seconds = 6, rounds = 3): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'playhead-bench-gateway-'));
  const effects = systemEffects();
  const log = await openEmbeddedStream(join(folder, 'log'), effects);
  await log.ensureTopic(into);
  const file = openGatewayFile(join(folder, 'gateway.sqlite'));
  const { token } = await openApiKeys(file, effects).issue('bench', ['write:*']);
  const definition = gateway({ into: 'events', limits: { rate: { requests: 1e9, per: minutes(1) } } });
  const gateways = [{ address: 'bench.door', stream: 'bench.events', definition, into }];
  const settings = { gateways, version: 'bench', memory: byteShare('requests', mebibytes(128)) };
  const server = await openGatewayServer(settings, log, file, effects);
  const bare = bareHandler();
  try {
    const path = '/v1/streams/bench.events/records';
    const ours = `${await server.listen('127.0.0.1', 0)}${path}`;
    const theirs = `${await bare.listen({ host: '127.0.0.1', port: 0 })}${path}`;
    const loads: Record<'bare' | 'durable' | 'keyed', Load[]> = { bare: [], durable: [], keyed: [] };
    // What is new to the process is compiled, and the key proven, before anything counts.
    for (const url of [theirs, ours]) await load([url, token, '2', '']);
    for (let round = 0; round < rounds; round += 1) {
      loads.bare.push(await load([theirs, token, String(seconds), '']));
      loads.durable.push(await load([ours, token, String(seconds), '']));
      loads.keyed.push(await load([ours, token, String(seconds), 'keyed']));
    }
    return [
      ...figures('durable', loads.durable, loads.bare, 0.5),
      ...figures('durable, with Idempotency-Key', loads.keyed, loads.bare),
      { name: 'bare handler', value: median(loads.bare, 'eventsPerSecond'), unit: 'events/s', better: 'higher' },
    ];
  } finally {
    await server.close(AbortSignal.abort());
    await bare.close();
    file.close();
    await log.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function figures(name: string, own: readonly Load[], bare: readonly Load[], target?: number): readonly Figure[] {
  const ratios = own.map((each, at) => each.eventsPerSecond / (bare[at]?.eventsPerSecond ?? Number.NaN));
  const ratio = ratios.toSorted((a, b) => a - b)[Math.floor(ratios.length / 2)] ?? Number.NaN;
  return [
    { name, value: median(own, 'eventsPerSecond'), unit: 'events/s', better: 'higher' },
    { name: `${name}: p50`, value: median(own, 'p50Ms'), unit: 'ms', better: 'lower' },
    { name: `${name}: p99`, value: median(own, 'p99Ms'), unit: 'ms', better: 'lower' },
    {
      name: `${name} / bare handler`,
      value: ratio,
      unit: '×',
      better: 'higher',
      ...(target === undefined ? {} : { target }),
    },
    {
      name: `CPU of the bare handler / ${name}`,
      value: median(bare, 'cpuMicros') / median(own, 'cpuMicros'),
      unit: '×',
      better: 'higher',
    },
    {
      name: `the same of the main thread alone / ${name}`,
      value: median(bare, 'mainCpuMicros') / median(own, 'mainCpuMicros'),
      unit: '×',
      better: 'higher',
    },
  ];
}

function median(loads: readonly Load[], of: keyof Load): number {
  return loads.map((load) => load[of]).toSorted((a, b) => a - b)[Math.floor(loads.length / 2)] ?? Number.NaN;
}

async function load(words: readonly string[]): Promise<Load> {
  const before = { all: process.cpuUsage(), main: process.threadCpuUsage() };
  const program = join(import.meta.dirname, 'gateway-load.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, program, ...words]);
  const [all, main] = [process.cpuUsage(before.all), process.threadCpuUsage(before.main)];
  // Printed by that program.
  const result = JSON.parse(stdout) as Awaited<ReturnType<typeof import('autocannon')>>;
  if (result.non2xx + result.errors > 0 || result['2xx'] === 0)
    throw new Error(`${result.non2xx} requests were refused, ${result.errors} failed, ${result['2xx']} were answered`);
  const events = result['2xx'] * batchEvents;
  const { p50, p99 } = result.latency;
  const micros = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / events;
  return {
    eventsPerSecond: events / result.duration,
    p50Ms: p50,
    p99Ms: p99,
    cpuMicros: micros(all),
    mainCpuMicros: micros(main),
  };
}

/** Fastify's own parser and validator, an answer of the same form, and nothing kept. */
function bareHandler() {
  const app = Fastify({ ajv: { customOptions: { strict: false } } });
  const { $schema: _, ...items } = jsonSchema(into.record);
  app.post<{ Body: readonly unknown[] }>(
    '/v1/streams/:stream/records',
    { schema: { body: { type: 'array', items } } },
    async ({ body }) => ({
      accepted: body.length,
      refused: 0,
      records: body.map((_, at) => ({ partition: at % 4, position: String(at) })),
    }),
  );
  return app;
}
