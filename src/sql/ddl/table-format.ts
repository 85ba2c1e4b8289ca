import type { CatalogTable } from '../../catalog/catalog.ts';
import { lazySimpleSerde, openCsvSerde, serdeClassKey, serdePrefix } from '../../catalog/table-parameters.ts';
import { refusal } from './refusal.ts';
import type { CreateTable, RowFormat, StoredAs } from './statement.ts';

type Format = CatalogTable['format'];

const parquetSerde = 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe';
const openJsonSerde = 'org.openx.data.jsonserde.JsonSerDe';

/** SerDe class → format. The first of a format is the one that a table has when it names none. */
const serdes: readonly (readonly [string, Format])[] = [
  [openJsonSerde, 'json'],
  ['org.apache.hive.hcatalog.data.JsonSerDe', 'json'],
  ['org.apache.hadoop.hive.serde2.JsonSerDe', 'json'],
  [lazySimpleSerde, 'csv'],
  [openCsvSerde, 'csv'],
  [parquetSerde, 'parquet'],
];

const text = {
  input: 'org.apache.hadoop.mapred.TextInputFormat',
  output: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
};
const parquet = {
  input: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
  output: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
};

/** STORED AS name → the SerDe that it implies, where the statement names none. */
const storedNames: Readonly<Record<string, { readonly serde: string; readonly files: 'text' | 'parquet' }>> = {
  TEXTFILE: { serde: lazySimpleSerde, files: 'text' },
  JSONFILE: { serde: openJsonSerde, files: 'text' },
  PARQUET: { serde: parquetSerde, files: 'parquet' },
};

/**
 * The format that ROW FORMAT and STORED AS mean together, and the parameters that say the rest. Throws
 * PH_SQL_UNSUPPORTED for formats that can't be read here, PH_SQL_INVALID where the two contradict.
 */
export function tableFormat(statement: CreateTable): {
  readonly format: Format;
  readonly parameters: Readonly<Record<string, string>>;
} {
  const stored = storage(statement);
  const serde = statement.rowFormat?.kind === 'serde' ? statement.rowFormat.serde : undefined;
  const used = serde ?? (statement.rowFormat?.kind === 'delimited' ? lazySimpleSerde : stored.serde);
  const format = serdes.find(([name]) => name === used)?.[1];
  if (format === undefined)
    throw refusal(
      'PH_SQL_UNSUPPORTED',
      statement.place,
      `the SerDe ${used} can't be read here`,
      `these can: ${serdes.map(([name]) => name).join(', ')}`,
    );
  if ((format === 'parquet') !== (stored.files === 'parquet'))
    throw refusal('PH_SQL_INVALID', statement.place, `ROW FORMAT says ${format}, STORED AS says ${stored.files} files`);
  const settings = Object.entries(statement.rowFormat?.properties ?? {}).map(
    ([key, value]) => [`${serdePrefix}${key}`, value] as const,
  );
  const isDefault = used === defaultSerde(format);
  return {
    format,
    parameters: {
      ...statement.properties,
      ...Object.fromEntries(settings),
      ...(isDefault ? {} : { [serdeClassKey]: used }),
    },
  };
}

/** ROW FORMAT and STORED AS of a table, from which `tableFormat` makes its format and parameters again. */
export function storageClauses(table: CatalogTable): {
  readonly rowFormat: RowFormat;
  readonly storedAs: StoredAs;
  readonly properties: Readonly<Record<string, string>>;
} {
  const own: Record<string, string> = {};
  const settings: Record<string, string> = {};
  for (const [key, value] of Object.entries(table.parameters)) {
    if (key === serdeClassKey) continue;
    if (key.startsWith(serdePrefix)) settings[key.slice(serdePrefix.length)] = value;
    else own[key] = value;
  }
  const serde = table.parameters[serdeClassKey] ?? defaultSerde(table.format);
  return {
    rowFormat: { kind: 'serde', serde, properties: settings },
    storedAs: { kind: 'classes', ...(table.format === 'parquet' ? parquet : text) },
    properties: own,
  };
}

function defaultSerde(format: Format): string {
  return serdes.find(([, each]) => each === format)?.[0] ?? lazySimpleSerde;
}

function storage(statement: CreateTable): { readonly serde: string; readonly files: 'text' | 'parquet' } {
  const stored = statement.storedAs ?? impliedStorage(statement);
  if (stored.kind === 'classes') {
    const files = stored.input === parquet.input ? 'parquet' : 'text';
    const expected = files === 'parquet' ? parquet : text;
    if (stored.input === expected.input && stored.output === expected.output)
      return { serde: files === 'parquet' ? parquetSerde : lazySimpleSerde, files };
    throw refusal(
      'PH_SQL_UNSUPPORTED',
      statement.place,
      `INPUTFORMAT ${stored.input} with OUTPUTFORMAT ${stored.output} can't be read here`,
      `these can: ${text.input} with ${text.output}, ${parquet.input} with ${parquet.output}`,
    );
  }
  const named = storedNames[stored.format];
  if (named !== undefined) return named;
  throw refusal(
    'PH_SQL_UNSUPPORTED',
    statement.place,
    `STORED AS ${stored.format} can't be read here`,
    `these can: ${Object.keys(storedNames).join(', ')}`,
  );
}

/** Without STORED AS, the SerDe decides; without both, Hive means text. */
function impliedStorage(statement: CreateTable): StoredAs {
  const isParquet = statement.rowFormat?.kind === 'serde' && statement.rowFormat.serde === parquetSerde;
  return { kind: 'named', format: isParquet ? 'PARQUET' : 'TEXTFILE' };
}
