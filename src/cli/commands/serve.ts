import { totalmem } from 'node:os';
import { resolve } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { PlayheadError } from '../../base/errors.ts';
import { memoryBudget } from '../../base/memory-budget.ts';
import type { PrometheusEndpoint } from '../../observe/prometheus.ts';
import { applyDefinitions } from '../../pipeline/apply/apply.ts';
import type { PipelineDefinition } from '../../pipeline/definition.ts';
import { addressed, resolveAddress } from '../../pipeline/graph/address.ts';
import { writingMetrics } from '../../pipeline/run/writing-metrics.ts';
import { openGatewayFile } from '../../server/gateway-schema.ts';
import type { TlsFiles } from '../../server/http-server.ts';
import { announceListening } from '../../server/listening.ts';
import { openApiDocument, openGatewayServer } from '../../server/open.ts';
import type { BoundGateway } from '../../server/routes.ts';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import type { Invocation } from '../invocation.ts';
import { metricsEndpoint } from '../metrics-endpoint.ts';

/** Requests that are under way at a stop may take this long to end. */
const graceMs = 10_000;

export const command: Command = async (invocation, context) => {
  const { pipelines } = await context.config();
  const gateways = gatewaysOf(pipelines);
  const { version } = context.host;
  if (invocation.flag('openapi')) {
    const document = await openApiDocument(gateways, version);
    return { data: document, text: JSON.stringify(document, undefined, 2) };
  }
  const tls = await tlsFiles(invocation, context);
  const engine = await context.engine();
  await applyDefinitions(engine);
  await engine.keeper.keep();
  const file = openGatewayFile(engine.home.gatewayFile);
  let endpoint: PrometheusEndpoint | undefined;
  try {
    const memory = memoryBudget(totalmem()).batches;
    const { requestAnswered: onAnswered } = engine.instrumentation;
    const settings = { gateways, version, memory, onAnswered, ...(tls === undefined ? {} : { tls }) };
    const server = await openGatewayServer(settings, await engine.stream(), file, engine.effects);
    endpoint = await metricsEndpoint(invocation, engine);
    const url = await server.listen(invocation.text('host') ?? '127.0.0.1', invocation.port('port') ?? 8080);
    const takeBack = await announceListening(file, url, engine.effects);
    announce(url, gateways, endpoint?.url, context);
    await writingMetrics(engine, async () => {
      await untilStopped(context.signal);
      takeBack();
      context.output.err('stopping: requests under way are answered\n');
      await within(graceMs, engine.effects, (signal) => server.close(signal));
    });
  } finally {
    await endpoint?.close();
    file.close();
  }
  return {};
};

/** Every gateway with its stream. PH_USAGE where there is none. */
function gatewaysOf(pipelines: readonly PipelineDefinition[]): readonly BoundGateway[] {
  const found = addressed(pipelines, 'gateway').map(({ address, definition, pipeline }) => {
    const stream = resolveAddress(pipelines, definition.into, ['stream'], pipeline);
    return { address, definition, stream: stream.address, into: stream.definition };
  });
  if (found.length > 0) return found;
  throw new PlayheadError('PH_USAGE', 'no gateway is defined', {
    hint: "Give the pipeline one: gateways: { door: gateway({ into: 'STREAM' }) }",
  });
}

async function tlsFiles(invocation: Invocation, context: Context): Promise<TlsFiles | undefined> {
  const [cert, key] = [invocation.text('cert'), invocation.text('key')];
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) throw new PlayheadError('PH_USAGE', '--cert and --key go together');
  const read = async (option: string, path: string): Promise<string> => {
    const { fs } = context.effects;
    return fs.readFile(resolve(context.workingDirectory, path), 'utf8').catch((cause: unknown) => {
      throw new PlayheadError('PH_USAGE', `${option} ${path} cannot be read`, { cause });
    });
  };
  return { cert: await read('--cert', cert), key: await read('--key', key) };
}

function announce(url: string, gateways: readonly BoundGateway[], metrics: string | undefined, context: Context): void {
  const { bold, dim } = context.output.errStyle;
  const lines = gateways.map(({ stream }) => `  POST ${url}/v1/streams/${stream}/records`);
  context.output.err(`${bold('Taking records')} ${dim('(Ctrl-C stops cleanly)')}\n${lines.join('\n')}\n`);
  context.output.err(`  ${dim(`GET  ${url}/openapi.json, /healthz, /readyz`)}\n`);
  if (metrics !== undefined) context.output.err(`  ${dim(`GET  ${metrics}`)}\n`);
}

function untilStopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((stopped) => signal.addEventListener('abort', () => stopped(), { once: true }));
}

/** The work, with a signal that aborts when its time is up. */
async function within(ms: number, { clock }: Effects, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const [late, done] = [new AbortController(), new AbortController()];
  // It is woken by the end of the work, too.
  clock.sleep(ms, done.signal).then(
    () => late.abort(),
    () => undefined,
  );
  await work(late.signal).finally(() => done.abort());
}
