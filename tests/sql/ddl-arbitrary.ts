import fc from 'fast-check';
import type { CatalogTable, Column } from '../../src/catalog/catalog.ts';
import { type HiveType, hiveTypeText, primitive } from '../../src/catalog/hive-type.ts';
import { openCsvSerde, serdeClassKey } from '../../src/catalog/table-parameters.ts';
import { ddlName, ddlString } from '../../src/sql/ddl/lexer.ts';
import type { CreateTable } from '../../src/sql/ddl/statement.ts';
import { anyCharacter } from '../base/any-character.ts';

/** A statement's tokens, and what they mean without places. */
export interface Written {
  readonly words: readonly string[];
  readonly statement: unknown;
}

/** The same without `place`, which depends on spacing. */
export function withoutPlaces(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPlaces);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'place')
      .map(([key, inner]) => [key, withoutPlaces(inner)]),
  );
}

const place = { line: 1, column: 1 };
/** Any text, with plenty of what a literal or comment could trip over. */
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom("'", '"', '`', '\\', '\n', ';', '--', '/*', '*/', '\\u0041', '\\001', 'n', '0'),
    fc.string({ unit: anyCharacter, minLength: 1, maxLength: 1 }),
  ),
  maxLength: 8,
});
const plainName = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/);
/** Also names that only stand in quotes. */
const name = fc.oneof(
  plainName,
  fc.stringMatching(/^[a-z0-9é -]{1,8}$/).filter((each) => each.trim() === each),
);

export const hiveType: fc.Arbitrary<HiveType> = fc.letrec<{ type: HiveType }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3 },
    fc
      .constantFrom('boolean', 'int', 'bigint', 'double', 'string', 'date', 'timestamp', 'binary')
      .map((each) => primitive(each as 'int')),
    fc.record({ kind: fc.constant('decimal' as const), precision: fc.integer({ min: 9, max: 38 }), scale: fc.nat(9) }),
    fc.record({ kind: fc.constantFrom('char' as const, 'varchar' as const), length: fc.integer({ min: 1, max: 99 }) }),
    fc.record({ kind: fc.constant('array' as const), of: tie('type') }),
    fc.record({ kind: fc.constant('map' as const), key: tie('type'), value: tie('type') }),
    fc.uniqueArray(fc.stringMatching(/^[A-Za-z`$ ][A-Za-z0-9_]{0,5}$/), { minLength: 1, maxLength: 3 }).chain((names) =>
      fc.tuple(...names.map(() => tie('type'))).map((types) => ({
        kind: 'struct' as const,
        fields: names.map((field, i) => ({ name: field, type: types[i] ?? primitive('int') })),
      })),
    ),
  ),
})).type;

function columns(minLength: number): fc.Arbitrary<Column[]> {
  return fc.uniqueArray(
    fc.record(
      { name, type: hiveType.map(hiveTypeText), comment: text.filter((each) => each !== '') },
      { requiredKeys: ['name', 'type'] },
    ),
    { minLength, maxLength: 4, selector: (column) => column.name },
  );
}

const properties = fc.dictionary(
  text.filter((key) => key !== '__proto__'),
  text,
  { maxKeys: 3 },
);
const location = fc.stringMatching(/^(s3:\/\/bucket\/)?[a-z0-9_=]{1,6}\/[a-z0-9]{1,6}\/?$/);

export const createTable: fc.Arbitrary<CreateTable> = fc.record(
  {
    kind: fc.constant('create-table' as const),
    table: fc.record({ database: name, name, place: fc.constant(place) }, { requiredKeys: ['name', 'place'] }),
    ifNotExists: fc.boolean(),
    columns: columns(1),
    comment: text,
    partitionKeys: columns(0),
    rowFormat: fc.oneof(
      fc.record({ kind: fc.constant('serde' as const), serde: text, properties }),
      fc.record({
        kind: fc.constant('delimited' as const),
        properties: fc
          .record({ 'field.delim': text, 'escape.delim': text, 'line.delim': text })
          .map((each) => ({ ...each })),
      }),
    ),
    storedAs: fc.oneof(
      fc.record({ kind: fc.constant('named' as const), format: fc.constantFrom('PARQUET', 'TEXTFILE', 'ORC') }),
      fc.record({ kind: fc.constant('classes' as const), input: text, output: text }),
    ),
    location,
    properties,
    place: fc.constant(place),
  },
  { requiredKeys: ['kind', 'table', 'ifNotExists', 'columns', 'partitionKeys', 'location', 'properties', 'place'] },
);

/** A name in backticks, or as it is where it can be. */
const writtenName = (of: string): fc.Arbitrary<string> =>
  /^[a-z_][a-z0-9_]*$/.test(of) ? fc.constantFrom(of, of.toUpperCase(), ddlName(of)) : fc.constant(ddlName(of));

const table = fc.record({ database: fc.option(name, { nil: undefined }), name }).chain(({ database, name: own }) =>
  fc
    .tuple(database === undefined ? fc.constant(undefined) : writtenName(database), writtenName(own))
    .map(([writtenDatabase, writtenOwn]) => ({
      words: writtenDatabase === undefined ? [writtenOwn] : [writtenDatabase, '.', writtenOwn],
      table: database === undefined ? { name: own } : { database, name: own },
    })),
);

const spec = fc.array(fc.tuple(plainName, text), { minLength: 1, maxLength: 3 }).map((values) => ({
  words: ['(', ...values.flatMap(([key, value], i) => [...(i > 0 ? [','] : []), key, '=', ddlString(value)]), ')'],
  spec: { values: values.map(([key, value]) => ({ key, value })) },
}));

const flag = (...words: string[]) => fc.boolean().map((on) => ({ on, words: on ? words : [] }));

const columnWords = (of: readonly Column[]): string[] => [
  '(',
  ...of.flatMap((column, i) => [
    ...(i > 0 ? [','] : []),
    ddlName(column.name),
    column.type,
    ...(column.comment === undefined ? [] : ['COMMENT', ddlString(column.comment)]),
  ]),
  ')',
];

const onTable = (kind: string, ...head: string[]): fc.Arbitrary<Written> =>
  table.map((t) => ({ words: [...head, ...t.words], statement: { kind, table: t.table } }));

/** Statements of every kind but CREATE TABLE, which has a printer of its own. */
export const statements: fc.Arbitrary<Written> = fc.oneof(
  fc
    .tuple(name, flag('IF', 'NOT', 'EXISTS'), fc.constantFrom('DATABASE', 'SCHEMA'))
    .map(([database, exists, word]) => ({
      words: ['CREATE', word, ...exists.words, ddlName(database)],
      statement: { kind: 'create-database', database: { name: database }, ifNotExists: exists.on },
    })),
  fc.tuple(name, flag('IF', 'EXISTS'), flag('CASCADE')).map(([database, exists, cascade]) => ({
    words: ['DROP', 'DATABASE', ...exists.words, ddlName(database), ...cascade.words],
    statement: { kind: 'drop-database', database: { name: database }, ifExists: exists.on, cascade: cascade.on },
  })),
  fc.tuple(table, flag('IF', 'EXISTS')).map(([t, exists]) => ({
    words: ['DROP', 'TABLE', ...exists.words, ...t.words],
    statement: { kind: 'drop-table', table: t.table, ifExists: exists.on },
  })),
  fc
    .tuple(
      table,
      flag('IF', 'NOT', 'EXISTS'),
      fc.array(fc.tuple(spec, fc.option(location)), { minLength: 1, maxLength: 3 }),
    )
    .map(([t, exists, added]) => ({
      words: [
        ...['ALTER', 'TABLE', ...t.words, 'ADD', ...exists.words],
        ...added.flatMap(([s, at]) => ['PARTITION', ...s.words, ...(at === null ? [] : ['LOCATION', ddlString(at)])]),
      ],
      statement: {
        kind: 'add-partitions',
        table: t.table,
        ifNotExists: exists.on,
        partitions: added.map(([s, at]) => (at === null ? { spec: s.spec } : { spec: s.spec, location: at })),
      },
    })),
  fc.tuple(table, flag('IF', 'EXISTS'), fc.array(spec, { minLength: 1, maxLength: 3 })).map(([t, exists, dropped]) => ({
    words: [
      ...['ALTER', 'TABLE', ...t.words, 'DROP', ...exists.words],
      ...dropped.flatMap((s, i) => [...(i > 0 ? [','] : []), 'PARTITION', ...s.words]),
    ],
    statement: { kind: 'drop-partitions', table: t.table, ifExists: exists.on, partitions: dropped.map((s) => s.spec) },
  })),
  fc.tuple(table, columns(1), fc.constantFrom('ADD', 'REPLACE')).map(([t, added, verb]) => ({
    words: ['ALTER', 'TABLE', ...t.words, verb, 'COLUMNS', ...columnWords(added)],
    statement: { kind: `${verb.toLowerCase()}-columns`, table: t.table, columns: added },
  })),
  fc.tuple(table, location, fc.option(spec)).map(([t, at, s]) => ({
    words: [
      'ALTER',
      'TABLE',
      ...t.words,
      ...(s === null ? [] : ['PARTITION', ...s.words]),
      'SET',
      'LOCATION',
      ddlString(at),
    ],
    statement: { kind: 'set-location', table: t.table, location: at, ...(s === null ? {} : { partition: s.spec }) },
  })),
  fc
    .tuple(
      table,
      text,
      text.filter((key) => key !== '__proto__'),
    )
    .map(([t, value, key]) => ({
      words: ['ALTER', 'TABLE', ...t.words, 'SET', 'TBLPROPERTIES', '(', ddlString(key), '=', ddlString(value), ')'],
      statement: { kind: 'set-properties', table: t.table, properties: { [key]: value } },
    })),
  fc.tuple(table, flag('EXTENDED'), fc.constantFrom('DESC', 'DESCRIBE')).map(([t, extended, word]) => ({
    words: [word, ...extended.words, ...t.words],
    statement: { kind: 'describe', table: t.table, extended: extended.on },
  })),
  fc.tuple(fc.option(name), fc.option(text), fc.constantFrom('IN', 'FROM')).map(([database, pattern, word]) => ({
    words: [
      ...['SHOW', 'TABLES', ...(database === null ? [] : [word, ddlName(database)])],
      ...(pattern === null ? [] : [ddlString(pattern)]),
    ],
    statement: {
      kind: 'show-tables',
      ...(database === null ? {} : { database: { name: database } }),
      ...(pattern === null ? {} : { pattern }),
    },
  })),
  fc.tuple(fc.option(text), fc.constantFrom('DATABASES', 'SCHEMAS')).map(([pattern, word]) => ({
    words: ['SHOW', word, ...(pattern === null ? [] : ['LIKE', ddlString(pattern)])],
    statement: { kind: 'show-databases', ...(pattern === null ? {} : { pattern }) },
  })),
  fc.tuple(table, fc.option(text)).map(([t, property]) => ({
    words: ['SHOW', 'TBLPROPERTIES', ...t.words, ...(property === null ? [] : ['(', ddlString(property), ')'])],
    statement: { kind: 'show-properties', table: t.table, ...(property === null ? {} : { property }) },
  })),
  onTable('repair-table', 'MSCK', 'REPAIR', 'TABLE'),
  onTable('show-partitions', 'SHOW', 'PARTITIONS'),
  onTable('show-columns', 'SHOW', 'COLUMNS', 'IN'),
  onTable('show-create-table', 'SHOW', 'CREATE', 'TABLE'),
);

/** Puts words together with spaces, line ends and comments between them, keywords in either case. */
export const spacing: fc.Arbitrary<(words: readonly string[]) => string> = fc
  .infiniteStream(fc.constantFrom(' ', '\n', '\t ', ' -- a; comment\n', '/* DROP TABLE x; */', '  '))
  .chain((gaps) =>
    fc.boolean().map((lower) => (words: readonly string[]) => {
      const cased = words.map((word) => (lower && /^[A-Z]+$/.test(word) ? word.toLowerCase() : word));
      return `${cased.map((word) => `${word}${gaps.next().value ?? ' '}`).join('')};`;
    }),
  );

const serdeClass: Readonly<Record<CatalogTable['format'], readonly (string | undefined)[]>> = {
  json: [undefined, 'org.apache.hive.hcatalog.data.JsonSerDe'],
  csv: [undefined, openCsvSerde],
  parquet: [undefined],
};

/** Tables as definitions, crawlers and users make them. */
export const catalogTable: fc.Arbitrary<Omit<CatalogTable, 'version'>> = fc
  .constantFrom('json' as const, 'csv' as const, 'parquet' as const)
  .chain((format) =>
    fc.record(
      {
        database: name,
        name,
        columns: columns(1),
        partitionKeys: fc.uniqueArray(
          fc.record({ name: fc.stringMatching(/^p_[a-z]{1,5}$/), type: fc.constantFrom('int', 'string', 'date') }),
          { maxLength: 3, selector: (key) => key.name },
        ),
        location: fc.stringMatching(/^([a-z0-9_= ]{1,6}\/){0,3}$/),
        format: fc.constant(format),
        parameters: fc
          .tuple(properties, properties, fc.constantFrom(...serdeClass[format]), fc.option(text))
          .map(([own, serde, serdeName, comment]) => ({
            ...own,
            ...Object.fromEntries(Object.entries(serde).map(([key, value]) => [`serde.x${key}`, value])),
            ...(serdeName === undefined ? {} : { [serdeClassKey]: serdeName }),
            ...(comment === null ? {} : { comment }),
          })),
        series: plainName,
      },
      { requiredKeys: ['database', 'name', 'columns', 'partitionKeys', 'location', 'format', 'parameters'] },
    ),
  );
