import type { Field, Fields, RecordType } from './type.ts';

/** Iceberg's schema JSON (table spec, appendix C), with the identity of each field. */
export interface IcebergSchema {
  readonly type: 'struct';
  readonly 'schema-id': number;
  readonly fields: readonly IcebergField[];
}

interface IcebergField {
  readonly id: number;
  readonly name: string;
  readonly required: boolean;
  readonly type: IcebergType;
  readonly doc?: string;
}

type IcebergType =
  | string
  | { readonly type: 'struct'; readonly fields: readonly IcebergField[] }
  | {
      readonly type: 'list';
      readonly 'element-id': number;
      readonly element: IcebergType;
      readonly 'element-required': boolean;
    }
  | {
      readonly type: 'map';
      readonly 'key-id': number;
      readonly key: 'string';
      readonly 'value-id': number;
      readonly value: IcebergType;
      readonly 'value-required': boolean;
    };

/** Timestamps are zone-less in columns (microseconds, UTC), as DuckDB and Athena have them. */
const scalars = {
  string: 'string',
  int: 'int',
  bigint: 'long',
  double: 'double',
  boolean: 'boolean',
  timestamp: 'timestamp',
  date: 'date',
  json: 'string',
} as const;

/**
 * The Iceberg schema of a record type. Ids follow the paths of fields: with the schema of an earlier version, a field
 * that is still there keeps its id, a new one gets one that was never used, and one that went and came back is new.
 * `lastId` is the highest id that the table ever had (its `last-column-id`).
 */
export function icebergSchema(
  record: RecordType,
  earlier?: { readonly schema: IcebergSchema; readonly lastId: number },
): { readonly schema: IcebergSchema; readonly lastId: number } {
  const known = earlier === undefined ? new Map<string, number>() : idsByPath(earlier.schema.fields);
  let lastId = earlier?.lastId ?? 0;
  const idOf = (path: string): number => {
    const id = known.get(path);
    if (id !== undefined) return id;
    lastId += 1;
    return lastId;
  };
  const schema: IcebergSchema = {
    type: 'struct',
    'schema-id': earlier === undefined ? 0 : earlier.schema['schema-id'] + 1,
    fields: icebergFields(record.fields, '', idOf),
  };
  return { schema, lastId };
}

type IdOf = (path: string) => number;

/** Ids of a level come before those within it, as Iceberg assigns them. */
function icebergFields(fields: Fields, prefix: string, idOf: IdOf): IcebergField[] {
  const numbered = Object.entries(fields).map(([name, of]) => ({ name, of, id: idOf(`${prefix}${name}`) }));
  return numbered.map(({ name, of, id }) => ({
    id,
    name,
    required: of.optional !== true,
    type: icebergType(of, `${prefix}${name}`, idOf),
    ...(of.description === undefined ? {} : { doc: of.description }),
  }));
}

function icebergType(of: Field, path: string, idOf: IdOf): IcebergType {
  switch (of.type) {
    case 'decimal':
      return `decimal(${of.precision}, ${of.scale})`;
    case 'struct':
      return { type: 'struct', fields: icebergFields(of.fields, `${path}.`, idOf) };
    case 'list': {
      const id = idOf(`${path}.element`);
      const element = icebergType(of.of, `${path}.element`, idOf);
      return { type: 'list', 'element-id': id, element, 'element-required': of.of.optional !== true };
    }
    case 'map': {
      const [keyId, valueId] = [idOf(`${path}.key`), idOf(`${path}.value`)];
      const value = icebergType(of.values, `${path}.value`, idOf);
      const required = of.values.optional !== true;
      return { type: 'map', 'key-id': keyId, key: 'string', 'value-id': valueId, value, 'value-required': required };
    }
    default:
      return scalars[of.type];
  }
}

function idsByPath(fields: readonly IcebergField[], prefix = ''): Map<string, number> {
  const ids = new Map<string, number>();
  for (const { id, name, type } of fields) {
    ids.set(`${prefix}${name}`, id);
    for (const [path, inner] of idsWithin(type, `${prefix}${name}`)) ids.set(path, inner);
  }
  return ids;
}

function idsWithin(type: IcebergType, path: string): Map<string, number> {
  if (typeof type === 'string') return new Map();
  if (type.type === 'struct') return idsByPath(type.fields, `${path}.`);
  if (type.type === 'list') {
    return new Map([[`${path}.element`, type['element-id']], ...idsWithin(type.element, `${path}.element`)]);
  }
  const ids: [string, number][] = [
    [`${path}.key`, type['key-id']],
    [`${path}.value`, type['value-id']],
  ];
  return new Map([...ids, ...idsWithin(type.value, `${path}.value`)]);
}
