import type { AppendResult } from '../stream/stream.ts';

/**
 * By partition, the position of a request's first record there, as JSON. Undefined where the others don't follow it one by one:
 * another writer's records may lie between those of a large request.
 */
export function firstPositions({ partitions, positions }: AppendResult): string | undefined {
  const first: Record<string, string> = {};
  const next = new Map<number, bigint>();
  for (const [at, partition] of partitions.entries()) {
    const position = positions[at] ?? -1n;
    const expected = next.get(partition);
    if (expected === undefined) first[partition] = String(position);
    if (position < 0n || (expected ?? position) !== position) return undefined;
    next.set(partition, position + 1n);
  }
  return JSON.stringify(first);
}

/** The result of sending a request again, with the positions that its log did not say. */
export function withPositions(result: AppendResult, known: string | undefined): AppendResult {
  if (known === undefined || result.logged > 0) return result;
  // Written by `firstPositions`.
  const first = JSON.parse(known) as Readonly<Record<string, string>>;
  const next = new Map(Object.entries(first).map(([partition, position]) => [Number(partition), BigInt(position)]));
  const positions = BigInt64Array.from(result.partitions, (partition) => {
    const position = next.get(partition) ?? -1n;
    if (position >= 0n) next.set(partition, position + 1n);
    return position;
  });
  return { ...result, positions };
}
