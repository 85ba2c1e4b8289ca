import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { byteShare } from '../../src/base/byte-share.ts';
import { type Effects, testEffects } from '../../src/base/effects.ts';
import { defineRecord, field, gateway, stream } from '../../src/index.ts';
import { valueAt } from '../../src/record/batch.ts';
import { type ApiKeys, openApiKeys } from '../../src/server/api-keys.ts';
import { openGatewayFile } from '../../src/server/gateway-schema.ts';
import { type GatewayServer, type GatewayServerSettings, openGatewayServer } from '../../src/server/open.ts';
import type { BoundGateway } from '../../src/server/routes.ts';
import { openEmbeddedStream } from '../../src/stream/embedded/open.ts';
import type { Stream } from '../../src/stream/stream.ts';

export const play = defineRecord('play', {
  fields: { play_id: field.string(), seconds: field.int({ min: 0 }), note: field.optional(field.string()) },
});
export const plays = stream({ topic: 'plays', record: play, key: 'play_id', partitions: 2 });

/** A server of one gateway over an embedded stream, in a folder of its own. */
export interface OpenGateway extends GatewayServer {
  readonly log: Stream;
  readonly keys: ApiKeys;
  readonly gateways: readonly BoundGateway[];
  /** Every value in the stream, partition after partition. */
  values(): Promise<string[]>;
  /** Ends the server and what is behind it; the folder stays. */
  end(): Promise<void>;
}

export interface OpenGatewaySettings extends Partial<GatewayServerSettings> {
  readonly folder: string;
  readonly gateway?: Omit<Parameters<typeof gateway>[0], 'into'>;
  readonly into?: typeof plays;
  /** Stands between the server and the stream. */
  readonly around?: (log: Stream) => Stream;
  readonly effects?: Effects;
}

export function newFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'playhead-gateway-'));
  return { path, remove: () => rmSync(path, { recursive: true }) };
}

export async function openGateway(settings: OpenGatewaySettings): Promise<OpenGateway> {
  const { folder, effects = testEffects(), into = plays, around = (log) => log } = settings;
  const log = await openEmbeddedStream(join(folder, 'log'), effects);
  await log.ensureTopic(into);
  const file = openGatewayFile(join(folder, 'gateway.sqlite'));
  const definition = gateway({ into: 'plays', ...settings.gateway });
  const gateways = [{ address: 'p.door', stream: 'p.plays', definition, into }];
  const server = await openGatewayServer(
    { version: '1.2.3', memory: byteShare('requests', 2 ** 26), gateways, ...settings },
    around(log),
    file,
    effects,
  );
  return {
    ...server,
    log,
    gateways,
    keys: openApiKeys(file, effects, 2),
    values: () => valuesIn(log, into.topic),
    end: async () => {
      await server.close(AbortSignal.abort());
      file.close();
      await log.close();
    },
  };
}

export const recordsUrl = '/v1/streams/p.plays/records';

/** Sends a body, or what becomes one as JSON. */
export function sendRecords({ app }: OpenGateway, token: string, body: unknown, headers: Record<string, string> = {}) {
  return app.inject({
    method: 'POST',
    url: recordsUrl,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    payload: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  });
}

export function codeOf(answer: { json(): unknown }): unknown {
  return (answer.json() as { code?: unknown }).code;
}

export async function valuesIn(log: Stream, topic: string): Promise<string[]> {
  const values: string[] = [];
  for (const { partition, start } of (await log.describe(topic))?.state ?? []) {
    const { batches } = await log.fetch(topic, partition, start, { maxBytes: 2 ** 24 });
    for (const batch of batches)
      for (let i = 0; i < batch.count; i += 1) values.push(Buffer.from(valueAt(batch, i)).toString().trim());
  }
  return values;
}
