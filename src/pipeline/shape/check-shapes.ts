import { type CheckKind, readableTypes, severities } from '../../quality/definition.ts';
import { list, number, object, oneOf, optional, type Shape, text, variant, wholeNumber } from './shape.ts';

const common = { name: text, severity: oneOf(...severities) };
const duration = wholeNumber({ min: 0 });
const fields = list(text, 1);
const days = wholeNumber({ min: 1, max: 400 });

function shapeOf(kind: CheckKind, settings: Readonly<Record<string, Shape>>): Shape {
  return object({ kind: oneOf(kind), ...common, ...settings });
}

const shapes: Readonly<Record<CheckKind, Shape>> = {
  'not-null': shapeOf('not-null', { field: text }),
  type: shapeOf('type', { field: text, type: oneOf(...readableTypes) }),
  range: shapeOf('range', { field: text, min: optional(number), max: optional(number) }),
  pattern: shapeOf('pattern', { field: text, pattern: text }),
  'one-of': shapeOf('one-of', { field: text, values: fields }),
  row: shapeOf('row', { predicate: text }),
  reference: shapeOf('reference', { field: text, table: text, column: text }),
  arrival: shapeOf('arrival', { field: text, aheadMs: duration, behindMs: duration }),
  unique: shapeOf('unique', { key: fields, withinMs: duration }),
  group: shapeOf('group', {
    by: fields,
    orderBy: fields,
    withinMs: duration,
    same: list(text),
    sequence: optional(object({ field: text, pattern: text })),
  }),
  freshness: shapeOf('freshness', { field: text, warningMs: duration, delayedMs: duration }),
  volume: shapeOf('volume', { least: number, most: number, days }),
  rejected: shapeOf('rejected', { most: number, per: oneOf('run', 'partition') }),
  drift: shapeOf('drift', { field: text, most: number, days }),
};

/** A job's checks; what they name is looked up in `validate/references.ts`. */
export const checkList: Shape = list(variant('kind', shapes));
