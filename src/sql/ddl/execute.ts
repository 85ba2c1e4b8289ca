import type { Effects } from '../../base/effects.ts';
import { addPartitions, dropPartitions, setLocation } from './execute-partitions.ts';
import { repairTable } from './execute-repair.ts';
import {
  describe,
  showColumns,
  showCreateTable,
  showDatabases,
  showPartitions,
  showProperties,
  showTables,
} from './execute-show.ts';
import {
  addColumns,
  createDatabase,
  createTable,
  dropDatabase,
  dropTable,
  replaceColumns,
  setProperties,
} from './execute-tables.ts';
import { dropView, showCreateView, showViews } from './execute-views.ts';
import type { DdlContext, DdlResult } from './session.ts';
import type { DdlKind, DdlStatement } from './statement.ts';

type Handlers = {
  readonly [K in DdlKind]: (
    statement: Extract<DdlStatement, { kind: K }>,
    context: DdlContext,
    effects: Effects,
  ) => Promise<DdlResult>;
};

const handlers: Handlers = {
  'create-database': createDatabase,
  'drop-database': dropDatabase,
  'create-table': createTable,
  'drop-table': dropTable,
  'drop-view': dropView,
  'add-partitions': addPartitions,
  'drop-partitions': dropPartitions,
  'add-columns': addColumns,
  'replace-columns': replaceColumns,
  'set-location': setLocation,
  'set-properties': setProperties,
  'repair-table': repairTable,
  describe,
  'show-databases': showDatabases,
  'show-tables': showTables,
  'show-views': showViews,
  'show-partitions': showPartitions,
  'show-columns': showColumns,
  'show-properties': showProperties,
  'show-create-table': showCreateTable,
  'show-create-view': showCreateView,
};

/**
 * Carries a statement out. The result has Athena's columns and rows; a statement that only changes something has none.
 * Throws PH_DATABASE_*, PH_TABLE_*, PH_CATALOG_*, PH_SQL_INVALID, PH_SQL_UNSUPPORTED; where a name in the statement is
 * at fault, with its line and column.
 */
export async function executeDdl(statement: DdlStatement, context: DdlContext, effects: Effects): Promise<DdlResult> {
  // The table above pairs each kind with its own handler; the compiler can't see that an index keeps the pair.
  const handler = handlers[statement.kind] as (
    statement: DdlStatement,
    context: DdlContext,
    effects: Effects,
  ) => Promise<DdlResult>;
  return handler(statement, context, effects);
}
