import { sqlIdentifier } from '../../duck/duck.ts';
import { join, type Sql, sql } from '../sql-text.ts';
import {
  type Body,
  bodyOf,
  flagAt,
  kindOf,
  listAt,
  type Node,
  nameAt,
  objectAt,
  spanAt,
  textAt,
} from '../syntax-tree.ts';
import { allowOnly, identifier, numberLiteral, type Printing, refuse } from './printing.ts';
import { unnest } from './unnest.ts';

type SourcePrinter = (printing: Printing, body: Body, node: Node) => Sql;

/** ` FROM …` with its joins. */
export function fromClause(printing: Printing, select: Body): Sql {
  const from = objectAt(select, 'from');
  if (from === undefined) return '';
  const sources = listAt(from, 'expressions').map((item) => source(printing, item));
  return sql` FROM ${join(sources)}${joins(printing, listAt(select, 'joins'))}`;
}

function source(printing: Printing, node: Node): Sql {
  const kind = kindOf(node);
  const print = sources[kind];
  return print === undefined
    ? refuse(printing, `FROM ${kind.replaceAll('_', ' ')}`, node)
    : print(printing, bodyOf(node), node);
}

const joinWords: Readonly<Record<string, string>> = {
  Inner: 'JOIN',
  Left: 'LEFT JOIN',
  Right: 'RIGHT JOIN',
  Full: 'FULL JOIN',
  Cross: 'CROSS JOIN',
};

function joins(printing: Printing, items: readonly Body[]): Sql {
  return items.map((item) => {
    allowOnly(printing, 'JOIN', item, ['this', 'on', 'using', 'kind', 'use_inner_keyword', 'use_outer_keyword']);
    const kind = textAt(item, 'kind') ?? '';
    const word = joinWords[kind];
    const right = objectAt(item, 'this');
    if (word === undefined || right === undefined) return refuse(printing, `${kind.toUpperCase()} JOIN`, item);
    const on = objectAt(item, 'on');
    const using = listAt(item, 'using');
    const rest: Sql =
      on !== undefined
        ? sql` ON ${printing.expression(printing, on)}`
        : using.length > 0
          ? sql` USING (${join(using.map(identifier))})`
          : '';
    return sql` ${word} ${source(printing, right)}${rest}`;
  });
}

/** A name that WITH gives, else a table of the catalog: one identifier a mention, so that each is pruned apart. */
const table: SourcePrinter = (printing, body, node) => {
  allowOnly(printing, 'table', body, ['name', 'schema', 'catalog', 'alias', 'column_aliases', 'table_sample']);
  const nameNode = objectAt(body, 'name');
  const name = nameAt(body, 'name')?.toLowerCase();
  if (nameNode === undefined || name === undefined) return refuse(printing, 'a table without a name', body);
  const catalog = nameAt(body, 'catalog');
  if (catalog !== undefined && catalog.toLowerCase() !== 'awsdatacatalog')
    return refuse(printing, `the data catalog ${catalog}`, body, 'the only catalog is AwsDataCatalog');
  const database = nameAt(body, 'schema')?.toLowerCase();
  const alias = aliased(body, nameNode);
  if (database === undefined && printing.withNames.has(name))
    return sql`${identifier(nameNode)}${alias}${sample(printing, body)}`;
  const key = `athena_table_${printing.tables.length}`;
  const span = spanAt(nameNode);
  printing.tables.push({
    identifier: key,
    name,
    node,
    ...(database === undefined ? {} : { database }),
    ...(span === undefined ? {} : { span }),
  });
  const text = sqlIdentifier(key);
  return sql`${span === undefined ? text : { text, from: span }}${alias}${sample(printing, body)}`;
};

/** `TABLESAMPLE BERNOULLI (10)`: each row by chance. SYSTEM takes whole pieces, whose size is the engine's own. */
function sample(printing: Printing, body: Body): Sql {
  const clause = objectAt(body, 'table_sample');
  if (clause === undefined) return '';
  allowOnly(printing, 'TABLESAMPLE', clause, ['method', 'size', 'method_before_size']);
  const percent = numberLiteral(objectAt(clause, 'size'));
  const method = textAt(clause, 'method')?.toUpperCase() ?? '';
  if (percent === undefined || !['BERNOULLI', 'SYSTEM'].includes(method))
    return refuse(printing, 'this TABLESAMPLE', body, 'TABLESAMPLE BERNOULLI (10) takes a tenth');
  return ` TABLESAMPLE ${method} (${percent}%)`;
}

/** ` AS alias (columns)`; a table without an alias keeps its own name as one. */
function aliased(body: Body, fallback?: Body): Sql {
  const alias = objectAt(body, 'alias') ?? fallback;
  const columns = listAt(body, 'column_aliases');
  if (alias === undefined) return '';
  return sql` AS ${identifier(alias)}${columns.length === 0 ? '' : sql` (${join(columns.map(identifier))})`}`;
}

const subquery: SourcePrinter = (printing, body) => {
  allowOnly(printing, 'subquery', body, [
    'this',
    'alias',
    'column_aliases',
    'lateral',
    'order_by',
    'limit',
    'offset',
    'table_sample',
  ]);
  const inner = objectAt(body, 'this');
  if (inner === undefined) return refuse(printing, 'this subquery', body);
  const { alias: _alias, column_aliases: _columns, lateral: _lateral, table_sample: _sample, ...rest } = body;
  return sql`${flagAt(body, 'lateral') ? 'LATERAL ' : ''}(${printing.query(printing, { subquery: rest })})${aliased(body)}${sample(printing, body)}`;
};

const joined: SourcePrinter = (printing, body) => {
  allowOnly(printing, 'join', body, ['left', 'joins']);
  const left = objectAt(body, 'left');
  if (left === undefined) return refuse(printing, 'this join', body);
  return sql`(${source(printing, left)}${joins(printing, listAt(body, 'joins'))})`;
};

const aliasedSource: SourcePrinter = (printing, body, node) => {
  allowOnly(printing, 'alias', body, ['this', 'alias', 'column_aliases']);
  const inner = objectAt(body, 'this');
  if (inner === undefined || kindOf(inner) !== 'unnest') return refuse(printing, 'this table expression', node);
  return sql`${unnest(printing, bodyOf(inner), listAt(body, 'column_aliases').length)}${aliased(body)}`;
};

const sources: Readonly<Record<string, SourcePrinter>> = {
  alias: aliasedSource,
  joined_table: joined,
  subquery,
  table,
  unnest: (printing, body) => unnest(printing, body, 0),
};
