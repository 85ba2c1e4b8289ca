import { type Sql, sql } from '../sql-text.ts';
import { type Body, type Node, numberAt, objectAt, textAt } from '../syntax-tree.ts';
import { allowOnly, callMacro, type Printing, placed, refuse } from './printing.ts';
import { printType } from './types.ts';
import { zoned } from './zone.ts';

type CastPrinter = (printing: Printing, body: Body, node: Node) => Sql;

/** Targets of which the value must first be brought to a text or number that both engines cast alike. */
const prepared: Readonly<Record<string, (printing: Printing, value: Node) => Sql>> = {
  tiny_int: (printing, value) => callMacro(printing, 'athena_whole', printing.expression(printing, value)),
  small_int: (printing, value) => callMacro(printing, 'athena_whole', printing.expression(printing, value)),
  int: (printing, value) => callMacro(printing, 'athena_whole', printing.expression(printing, value)),
  big_int: (printing, value) => callMacro(printing, 'athena_whole', printing.expression(printing, value)),
  date: (printing, value) => callMacro(printing, 'athena_date_text', zoned(printing, value)),
  timestamp: (printing, value) => callMacro(printing, 'athena_timestamp_text', zoned(printing, value)),
};

const castTo =
  (word: 'CAST' | 'TRY_CAST'): CastPrinter =>
  (around, body, node) =>
    placed(around, word.toLowerCase(), node, (printing) => {
      allowOnly(printing, word, body, ['this', 'to']);
      const value = objectAt(body, 'this');
      const type = objectAt(body, 'to');
      if (value === undefined || type === undefined) return refuse(printing, `this ${word}`, body);
      const target = textAt(type, 'data_type') ?? '';
      if (target === 'var_char') return toText(printing, value, numberAt(type, 'length'));
      const prepare = type['timezone'] === true ? undefined : prepared[target];
      return sql`${word}(${prepare?.(printing, value) ?? printing.expression(printing, value)} AS ${printType(printing, type)})`;
    });

function toText(printing: Printing, value: Node, length: number | undefined): Sql {
  const text = callMacro(printing, 'athena_text', printing.expression(printing, value));
  return length === undefined ? text : sql`left(${text}, ${String(length)})`;
}

export const castPrinters: Readonly<Record<string, CastPrinter>> = {
  cast: castTo('CAST'),
  try_cast: castTo('TRY_CAST'),
};
