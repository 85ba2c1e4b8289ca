/**
 * Columns that the engine's SQL sets beside a record's own: a field of such a name would be taken for the place of a row, or
 * for its faults. `tests/tidy.test.ts` holds the list to the SQL.
 */
export const ownColumns: readonly string[] =
  `_along _arrived_ms _before _bucket _check _clean _differences _differs _element _fate _fault _file _first
  _from_ms _gap _got _i _issues _json _key_hash _latest _line _made _n _near _noticed _object_key _ordinal
  _original _part _partition _path _payload_hash _place _published _record_key _refused _row _rows _source_commit
  _steps _text _to_ms`.split(/\s+/);

/** The check of each scalar while it is read, and what is asked of quarantine beside the fields. */
const ownForms = /^_(f\d+|quarantined_\w+)$/;

/** Why no column can have this name; undefined where one can. Names are the same in upper and lower case. */
export function columnNameFault(name: string): string | undefined {
  const folded = name.toLowerCase();
  return ownColumns.includes(folded) || ownForms.test(folded)
    ? 'names a column of the engine itself'
    : memberNameFault(name);
}

/** Why no member of a struct can have this name. */
export function memberNameFault(name: string): string | undefined {
  if (name === '') return 'is empty';
  return /[\0\n\r]/.test(name) ? 'has a line break, or a zero, in it' : undefined;
}
