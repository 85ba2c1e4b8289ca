/** Neither part of a longer word nor of a longer name: `CUST_1` is not in `CUST_10`, nor `a@b.co` in `a@b.co.uk`. */
export function tellingPattern(value: string): RegExp {
  return new RegExp(`(?<![\\w-])${escaped(value)}(?![\\w-]|\\.\\w)`);
}

export function fieldPattern(field: string, value: string): RegExp {
  // A folder may hold a space in its name: `12 b/` is not 12.
  return new RegExp(`(?<![\\w])${field}${valuePattern(value, `(?![\\w.%-]| [^/"'\\\\]*/)`)}`, 'i');
}

/** RE2 has no look-around: the neighbours are matched with it. `more`: what may follow a telling id. */
export function sqlPattern(field: string, value: string, isTelling: boolean, more = ''): string {
  const quoted = escaped(value);
  if (isTelling) return `(^|[^0-9A-Za-z_-])${quoted}${more}($|[^0-9A-Za-z_.-]|\\.($|[^0-9A-Za-z_]))`;
  return `(?i)(^|[^0-9A-Za-z_])${field}${valuePattern(value, '($|[^0-9A-Za-z_.-])')}`;
}

/** What follows the name of a field whose value it is, in JSON or `field=value`, quotes with or without a backslash before them. */
function valuePattern(value: string, end: string): string {
  const id = escaped(value);
  return `\\\\?["']?\\s*[:=]\\s*(?:\\\\?"${id}\\\\?"|'${id}'|${id}${end})`;
}

export function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
