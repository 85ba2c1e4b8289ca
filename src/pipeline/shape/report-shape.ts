import { standardSections } from '../../insight/report/definition.ts';
import { anyText, list, named, object, oneOf, optional, type Shape, text, variant } from './shape.ts';

const figureColumns = named(object({ label: text, unit: optional(text) }));
const base = { title: text, note: anyText, sql: text, sqlPath: text };
const course = { ...base, x: text, y: text, series: optional(text), unit: optional(text) };

const panel = variant('panel', {
  figures: object({ panel: oneOf('figures'), ...base, values: figureColumns }),
  lines: object({ panel: oneOf('lines'), ...course }),
  areas: object({ panel: oneOf('areas'), ...course }),
  bars: object({
    panel: oneOf('bars'),
    ...base,
    category: text,
    value: text,
    series: optional(text),
    unit: optional(text),
  }),
  ranges: object({
    panel: oneOf('ranges'),
    ...base,
    category: text,
    low: text,
    middle: text,
    high: text,
    unit: optional(text),
  }),
  cells: object({ panel: oneOf('cells'), ...base, x: text, y: text, value: text, unit: optional(text) }),
  table: object({ panel: oneOf('table'), ...base, columns: figureColumns }),
});

/** A section that the engine makes by itself goes by its name. */
const section: Shape = (value, path, report) => {
  if (typeof value === 'string') oneOf(...standardSections)(value, path, report);
  else object({ title: text, text: anyText, panels: list(panel, 1) })(value, path, report);
};

/** What a report must look like. */
export const reportShape: Shape = object({
  kind: oneOf('report'),
  title: text,
  table: text,
  sections: list(section, 1),
});
