import { join } from 'node:path';
import type { Effects } from '../base/effects.ts';
import type { Duck } from '../duck/duck.ts';
import { openSpool, type Spool } from '../duck/spool.ts';

/** DuckDB takes 0.3 s to load, and only Parquet needs it. */
export type DuckSource = () => Promise<Duck>;

/** What makes Parquet: DuckDB, and the spool between it and the batches. Both are opened when first asked for. */
export interface ParquetKernel {
  readonly duck: DuckSource;
  readonly spool: () => Promise<Spool>;
}

/**
 * Files of the spool together: the flushes that are converted at once, and those that wait to be put. All lanes of a process
 * have less in memory: room for one must never wait for what only it can put.
 */
const spoolBytes = 1024 ** 3;

export function parquetKernel(duck: DuckSource, effects: Effects): ParquetKernel {
  let spool: Promise<Spool> | undefined;
  return {
    duck,
    spool: () => {
      spool ??= duck().then(({ temporaryDirectory }) =>
        // A folder of its own for each opened delivery: a spool wipes its folder.
        openSpool(join(temporaryDirectory, `delivery-${effects.random.uint32()}`), spoolBytes, effects),
      );
      return spool;
    },
  };
}
