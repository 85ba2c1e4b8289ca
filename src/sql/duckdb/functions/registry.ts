import { join, sql } from '../../sql-text.ts';
import { binaryFunctions } from './binary.ts';
import { collectionFunctions } from './collection.ts';
import type { Functions } from './function.ts';
import { argsOf, macro, plain } from './function.ts';
import { numberFunctions } from './number.ts';
import { textFunctions } from './text.ts';
import { timeFunctions } from './time.ts';

/** Every scalar function of Athena that we translate; what is not here is refused by name. */
export const functions: Functions = {
  ...binaryFunctions,
  ...collectionFunctions,
  ...numberFunctions,
  ...textFunctions,
  ...timeFunctions,
  grouping: (printing, call) => sql`grouping(${join(argsOf(printing, call, 1, 32))})`,
  typeof: macro('athena_typeof', 1),
  uuid: plain('uuid', 0),
  nullif: (printing, call) => sql`nullif(${join(argsOf(printing, call, 2))})`,
};
