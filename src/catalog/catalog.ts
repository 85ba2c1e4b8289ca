/** Metadata only: what tables there are and which partitions and objects they have. */
export interface Column {
  readonly name: string;
  /** Hive/Athena type text, lower case: `string`, `int`, `bigint`, `double`, `boolean`, `timestamp`, `date`, `decimal(10,2)`, `array<…>`, `struct<a:int>`, `map<string,…>`. */
  readonly type: string;
  readonly comment?: string;
}

export interface CatalogTable {
  readonly database: string;
  readonly name: string;
  readonly columns: readonly Column[];
  readonly partitionKeys: readonly Column[];
  /** Prefix in the lake, ends in `/`. */
  readonly location: string;
  readonly format: 'json' | 'csv' | 'parquet';
  /** Format settings: CSV delimiter, header, …; Hive table properties (`recordCount`, `classification`). */
  readonly parameters: Readonly<Record<string, string>>;
  /** Name of the commit series that says which objects are the table; absent: whatever lies under its partitions' locations. */
  readonly series?: string;
  /** Rises with every change, from 1. */
  readonly version: number;
}

/** A query under a name, as Glue's VIRTUAL_VIEW: it holds no data, and is read anew each time. */
export interface CatalogView {
  readonly database: string;
  readonly name: string;
  /** One query in Athena's dialect, as written. */
  readonly sql: string;
  /** Database of the tables in it that name none. */
  readonly sqlDatabase: string;
  /** What it had when it was created. */
  readonly columns: readonly Column[];
  readonly comment?: string;
}

export interface Partition {
  /** One per partition key, as in the path (`08`), before typing. */
  readonly values: readonly string[];
  /** Prefix in the lake, ends in `/`. */
  readonly location: string;
}

/** An object of a table as a commit named it. */
export interface TableObject {
  readonly key: string;
  readonly etag: string;
  readonly rows: number;
  readonly sizeBytes: number;
  readonly partition: readonly string[];
  /** The series and number of the commit that made it. */
  readonly series: string;
  readonly commit: number;
}

/** An object that stands for the one that had the etag `from` under its key. */
export interface ReplacedContent extends Pick<TableObject, 'key' | 'etag' | 'sizeBytes'> {
  readonly from: string;
  /** The key that it has now; mostly the same. */
  readonly to: string;
  readonly rowsGone: number;
}

/** A commit as a table takes it in. */
export interface Registration {
  readonly series: string;
  readonly number: number;
  readonly objects: readonly TableObject[];
  /** Keys that stop being the table's. */
  readonly replaces: readonly string[];
  /** Contents that stop being the table's, whichever series named them; a partition that has none left goes with its last. */
  readonly removes?: readonly { readonly key: string; readonly etag: string }[];
}

/**
 * Databases, tables, partitions, and the objects that commits named. Names are case-insensitive and kept in lower case.
 * What describes delivered and published data is derived from commits: registering is idempotent, and `rebuild` in
 * `table/` makes it anew. Throws PH_DATABASE_UNKNOWN, PH_TABLE_UNKNOWN, PH_TABLE_EXISTS, PH_CATALOG_CONFLICT (the
 * table's version is not the one that was read, or a commit before this one is missing), PH_CATALOG_INVALID,
 * PH_DATABASE_EXISTS, PH_DATABASE_NOT_EMPTY, PH_STATE_CORRUPT.
 */
export interface Catalog {
  databases(): Promise<readonly string[]>;
  createDatabase(name: string, options?: { readonly ifNotExists?: boolean }): Promise<void>;
  /** Refuses a database that still has tables or views. */
  dropDatabase(name: string): Promise<void>;
  tables(database: string): Promise<readonly CatalogTable[]>;
  table(database: string, name: string): Promise<CatalogTable | undefined>;
  /**
   * Creates (expectedVersion 0) or replaces (the version that was read) a table's metadata; its partitions and objects
   * stay. What changes nothing keeps the version.
   */
  putTable(table: Omit<CatalogTable, 'version'>, expectedVersion: number): Promise<CatalogTable>;
  dropTable(database: string, name: string): Promise<void>;
  /** By name. */
  views(database: string): Promise<readonly CatalogView[]>;
  view(database: string, name: string): Promise<CatalogView | undefined>;
  /** Tables and views share their names. PH_TABLE_EXISTS for a table's, and for a view's without `replace`. */
  putView(view: CatalogView, options: { readonly replace: boolean }): Promise<void>;
  dropView(database: string, name: string): Promise<void>;
  /** The statement that PREPARE keeps for a workgroup under a name. */
  prepared(workgroup: string, name: string): Promise<string | undefined>;
  preparedNames(workgroup: string): Promise<readonly string[]>;
  /** Keeps it, in the place of one of that name. */
  putPrepared(workgroup: string, name: string, sql: string): Promise<void>;
  /** Whether there was one. */
  dropPrepared(workgroup: string, name: string): Promise<boolean>;
  partitions(database: string, name: string): Promise<readonly Partition[]>;
  /** Returns how many were new; one that is there keeps its location. */
  addPartitions(database: string, name: string, partitions: readonly Partition[]): Promise<number>;
  /** Returns how many were there. Objects that commits put into them leave the table with them. */
  dropPartitions(database: string, name: string, values: readonly (readonly string[])[]): Promise<number>;
  /**
   * Takes a commit's objects into the table, with their partitions, in one transaction; a commit that is in already
   * changes nothing. Keys in `replaces` stop being the table's; a key that is in already becomes this commit's.
   * A series' commits are registered from 0 in order, also those without objects: PH_CATALOG_CONFLICT on a gap, since a
   * table that lacks a commit would lose its rows in silence.
   */
  registerCommit(database: string, name: string, commit: Registration): Promise<void>;
  /**
   * Makes what the table knows of its data anew from all commits of the series that feed it, from 0 in order, in one
   * transaction: a reader sees it as before or as after. False, with nothing changed, where a commit of one of these series
   * was registered that is not among them: read them again, then call again.
   */
  registerAnew(database: string, name: string, commits: ReadonlyMap<string, readonly Registration[]>): Promise<boolean>;
  /**
   * Objects that were written anew without some of their rows, in every table that has them, in one transaction: a reader
   * sees all of them as before or as after. What a table has under another etag stays.
   */
  replaceContents(changes: readonly ReplacedContent[]): Promise<void>;
  /** Last commit registered for a series into a table, -1 for none. */
  registeredUpTo(database: string, name: string, series: string): Promise<number>;
  /** Objects of the partitions (all where absent), from one consistent read. */
  objects(database: string, name: string, partitions?: readonly (readonly string[])[]): Promise<readonly TableObject[]>;
  close(): Promise<void>;
}
