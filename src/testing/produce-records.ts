import type { Engine } from '../pipeline/engine/bind.ts';
import { resolveAddress } from '../pipeline/graph/address.ts';
import { jsonText } from '../record/parse-json.ts';
import { type LineIssue, produceNdjson } from '../source/ndjson.ts';
import type { Produced, ProduceOptions } from './test-pipeline.ts';

/** Sends objects, or NDJSON as it stands, into a stream. */
export async function produceRecords(
  engine: Engine,
  address: string,
  records: readonly object[] | string,
  options: ProduceOptions,
): Promise<Produced> {
  const { definition } = resolveAddress(engine.pipelines, address, ['stream']);
  const text = typeof records === 'string' ? records : records.map((record) => `${jsonText(record)}\n`).join('');
  const issues: LineIssue[] = [];
  const report = await produceNdjson(
    bytesOf(text),
    await engine.stream(),
    { topic: definition.topic, ...(definition.key === undefined ? {} : { keyField: definition.key }), ...options },
    (issue) => issues.push(issue),
    engine.effects,
  );
  return { ...report, issues };
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
