import type { Sql } from '../sql-text.ts';
import { bodyOf, kindOf, type Node, objectAt } from '../syntax-tree.ts';
import { callOf } from './call.ts';
import { callMacro, type Printing } from './printing.ts';

/**
 * Prints a time of which only the clock's face matters to the one that takes it (a part, a format, a cast to date):
 * there `x AT TIME ZONE z` is the wall clock in z. DuckDB has no value that keeps its zone, so anywhere else
 * AT TIME ZONE is refused.
 */
export function zoned(printing: Printing, node: Node): Sql {
  if (kindOf(node) === 'paren') {
    const inner = objectAt(bodyOf(node), 'this');
    if (inner !== undefined) return zoned(printing, inner);
  }
  const truncated = truncation(printing, node);
  if (truncated !== undefined) return truncated;
  const [time, zone] = inZone(printing, node);
  if (time === undefined || zone === undefined) return printing.expression(printing, node);
  return callMacro(
    printing,
    'athena_wall_clock',
    printing.expression(printing, time),
    printing.expression(printing, zone),
  );
}

function inZone(printing: Printing, node: Node): readonly [Node?, Node?] {
  if (kindOf(node) === 'at_time_zone') {
    const time = objectAt(bodyOf(node), 'this');
    const zone = objectAt(bodyOf(node), 'zone');
    return time === undefined || zone === undefined ? [] : [time, zone];
  }
  const call = kindOf(node) === 'function' ? callOf(printing, node) : undefined;
  const [time, place] = call?.name === 'at_timezone' ? call.args : [];
  return time === undefined || place === undefined ? [] : [time, place];
}

/** `date_trunc(unit, x)` where only the face matters: its argument may then have a zone too. */
function truncation(printing: Printing, node: Node): Sql | undefined {
  const call = kindOf(node) === 'function' ? callOf(printing, node) : undefined;
  const [unit, time] = call?.args ?? [];
  if (call?.name !== 'date_trunc' || unit === undefined || time === undefined) return undefined;
  return callMacro(printing, 'athena_date_trunc', printing.expression(printing, unit), zoned(printing, time));
}
