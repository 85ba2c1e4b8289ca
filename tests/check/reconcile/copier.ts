import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { hadoopSnappy } from '../../../src/lake/hadoop-snappy.ts';

export interface Trade {
  readonly id: string;
  readonly at: string;
  readonly price: number;
  readonly venue: { readonly name: string };
}

/** Trade `n`: one every two minutes from midnight on. */
export function trade(n: number): Trade {
  const at = new Date(Date.UTC(2025, 7, 11) + n * 120_000).toISOString();
  return { id: `t${n}`, at, price: n + 0.5, venue: { name: `v${n % 3}` } };
}

/** What a copier that is not ours does wrong, by the number of the trade. */
export interface Faults {
  readonly lost: readonly number[];
  readonly doubled: readonly number[];
  readonly altered: Readonly<Record<number, Partial<Trade>>>;
  readonly invented: readonly Trade[];
}

export const known: Faults = {
  lost: [7, 40, 41],
  doubled: [12, 31],
  altered: { 20: { price: 20.25 }, 55: { venue: { name: 'v9' } } },
  invented: [{ ...trade(59), id: 'ghost' }],
};

export function copied(count: number, { lost, doubled, altered, invented }: Faults): readonly Trade[] {
  const all = Array.from({ length: count }, (_, n) => n).filter((n) => !lost.includes(n));
  return [
    ...all.flatMap((n) => {
      const one = { ...trade(n), ...altered[n] };
      return doubled.includes(n) ? [one, one] : [one];
    }),
    ...invented,
  ];
}

type Packing = 'none' | 'gzip' | 'zstd' | 'snappy' | 'zip';

const packers: Readonly<Record<Packing, readonly [string, (bytes: Uint8Array) => Promise<Uint8Array> | Uint8Array]>> = {
  none: ['', (bytes) => bytes],
  gzip: ['.gz', (bytes) => gzipSync(bytes)],
  zstd: ['.zst', (bytes) => zstdCompressSync(bytes)],
  snappy: ['.snappy', hadoopSnappy],
  zip: ['.zip', (bytes) => zipSync({ 'part.json': bytes })],
};

/** Writes trades as JSON under Hive folders of their hour, in two objects an hour; returns nothing: the folder is the lake. */
export async function writeJsonLake(folder: string, trades: readonly Trade[], packing: Packing): Promise<void> {
  const [ending, pack] = packers[packing];
  const byHour = Map.groupBy(trades, ({ at }) => at.slice(0, 13));
  for (const [hour, own] of byHour) {
    const half = Math.ceil(own.length / 2);
    for (const [part, some] of [own.slice(0, half), own.slice(half)].entries()) {
      const day = hour.slice(0, 10).split('-');
      const path = `trades/year=${day[0]}/month=${day[1]}/day=${day[2]}/hour=${hour.slice(11)}/part-${part}.json${ending}`;
      const lines = some.map((one) => JSON.stringify(one)).join('\n');
      write(join(folder, path), await pack(Buffer.from(lines)));
    }
  }
}

export function write(path: string, bytes: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}
