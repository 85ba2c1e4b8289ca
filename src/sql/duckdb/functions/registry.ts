import { join, sql } from '../../sql-text.ts';
import { collectionFunctions } from './collection.ts';
import type { Functions } from './function.ts';
import { argsOf } from './function.ts';
import { numberFunctions } from './number.ts';
import { textFunctions } from './text.ts';
import { timeFunctions } from './time.ts';

/** Every scalar function of Athena that we translate; what is not here is refused by name. */
export const functions: Functions = {
  ...collectionFunctions,
  ...numberFunctions,
  ...textFunctions,
  ...timeFunctions,
  grouping: (printing, call) => sql`grouping(${join(argsOf(printing, call, 1, 32))})`,
  nullif: (printing, call) => sql`nullif(${join(argsOf(printing, call, 2))})`,
};
