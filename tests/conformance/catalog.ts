import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Catalog, CatalogTable, TableObject } from '../../src/catalog/catalog.ts';
import { ensureEntry } from '../../src/catalog/ensure-table.ts';

/** One catalog, reachable through as many connections as a test opens. */
export interface CatalogFixture {
  open(): Promise<Catalog>;
  dispose(): Promise<void>;
}

type NewTable = Omit<CatalogTable, 'version'>;

const plays: NewTable = {
  database: 'media',
  name: 'plays',
  columns: [
    { name: 'id', type: 'string' },
    { name: 'seconds', type: 'int', comment: 'watched' },
  ],
  partitionKeys: [
    { name: 'month', type: 'int' },
    { name: 'day', type: 'string' },
  ],
  location: 'plays/',
  format: 'json',
  parameters: { classification: 'json' },
  series: 'landing',
};

function object(commit: number, name: string, partition: readonly string[] = ['08', '11']): TableObject {
  const folder = partition.length === 0 ? '' : `month=${partition[0]}/day=${partition[1]}/`;
  return {
    key: `plays/${folder}${name}`,
    etag: `etag-${commit}-${name}`,
    rows: 10,
    sizeBytes: 2 ** 33,
    partition,
    series: 'landing',
    commit,
  };
}

const landing = (number: number, objects: readonly TableObject[], replaces: readonly string[] = []) => ({
  series: 'landing',
  number,
  objects,
  replaces,
});

/** What every backend of the catalog promises. */
export function catalogConformance(backend: string, create: () => Promise<CatalogFixture>): void {
  describe(`catalog: ${backend}`, () => {
    let fixture: CatalogFixture;
    let catalog: Catalog;
    beforeEach(async () => {
      fixture = await create();
      catalog = await fixture.open();
      await catalog.createDatabase('media');
    });
    afterEach(async () => {
      await catalog.close();
      await fixture.dispose();
    });

    databasesAndTables(() => catalog);
    views(() => catalog);
    prepared(() => catalog);
    partitions(() => catalog);
    commits(() => catalog);

    it('keeps everything for the next connection', async () => {
      await catalog.putTable(plays, 0);
      await catalog.registerCommit('media', 'plays', landing(0, [object(0, 'a')]));
      const other = await fixture.open();
      assert.deepEqual(await other.table('media', 'plays'), { ...plays, version: 1 });
      assert.deepEqual(await other.objects('media', 'plays'), [object(0, 'a')]);
      assert.equal(await other.registeredUpTo('media', 'plays', 'landing'), 0);
      await other.close();
    });

    it('is given a table by several at once, as each finds none: it is there once', async () => {
      const other = await fixture.open();
      await Promise.all([ensureEntry(catalog, plays), ensureEntry(other, plays), ensureEntry(catalog, plays)]);
      assert.equal((await other.table('media', 'plays'))?.version, 1);
      const view = { database: 'media', name: 'recent', sql: 'SELECT 1 AS id', sqlDatabase: 'media', columns: [] };
      await catalog.putView(view, { replace: false });
      await assert.rejects(ensureEntry(other, { ...plays, name: 'recent' }), { code: 'PH_TABLE_EXISTS' });
      await other.close();
    });

    it('two writers that read the same version: one changes the table, the other is told', async () => {
      const other = await fixture.open();
      await catalog.putTable(plays, 0);
      const change = (comment: string): NewTable => ({ ...plays, parameters: { comment } });
      const results = await Promise.allSettled([catalog.putTable(change('one'), 1), other.putTable(change('two'), 1)]);
      assert.deepEqual(results.map((result) => result.status).sort(), ['fulfilled', 'rejected']);
      const refused = results.find((result) => result.status === 'rejected');
      assert.equal(refused?.reason.code, 'PH_CATALOG_CONFLICT');
      assert.equal((await catalog.table('media', 'plays'))?.version, 2);
      await other.close();
    });
  });
}

function views(catalog: () => Catalog): void {
  it('keeps views beside tables, under names that are of one of them', async () => {
    const columns = [{ name: 'id', type: 'string' }];
    const view = { database: 'media', name: 'recent', sql: 'SELECT 1 AS id', sqlDatabase: 'media', columns };
    await catalog().putView({ ...view, name: 'Recent', comment: 'new' }, { replace: false });
    assert.deepEqual(await catalog().view('Media', 'RECENT'), { ...view, comment: 'new' });
    await assert.rejects(catalog().putView(view, { replace: false }), { code: 'PH_TABLE_EXISTS' });
    await catalog().putView(view, { replace: true });
    assert.deepEqual(await catalog().views('media'), [view]);
    await assert.rejects(catalog().putTable({ ...plays, name: 'recent' }, 0), { code: 'PH_TABLE_EXISTS' });
    await catalog().putTable(plays, 0);
    await assert.rejects(catalog().putView({ ...view, name: 'plays' }, { replace: true }), { code: 'PH_TABLE_EXISTS' });
    await catalog().dropTable('media', 'plays');
    await assert.rejects(catalog().dropDatabase('media'), { code: 'PH_DATABASE_NOT_EMPTY' });
    await catalog().dropView('media', 'recent');
    await assert.rejects(catalog().dropView('media', 'recent'), { code: 'PH_TABLE_UNKNOWN' });
    assert.equal(await catalog().view('media', 'recent'), undefined);
  });
}

function prepared(catalog: () => Catalog): void {
  it('keeps prepared statements of each workgroup apart', async () => {
    await catalog().putPrepared('primary', 'Top', 'SELECT 1');
    await catalog().putPrepared('primary', 'top', 'SELECT 2');
    await catalog().putPrepared('small', 'top', 'SELECT 3');
    assert.equal(await catalog().prepared('primary', 'TOP'), 'SELECT 2');
    assert.deepEqual(await catalog().preparedNames('small'), ['top']);
    assert.equal(await catalog().dropPrepared('primary', 'top'), true);
    assert.equal(await catalog().dropPrepared('primary', 'top'), false);
    assert.equal(await catalog().prepared('small', 'top'), 'SELECT 3');
  });
}

function databasesAndTables(catalog: () => Catalog): void {
  it('lists databases in order, their names in lower case', async () => {
    await catalog().createDatabase('Archive');
    assert.deepEqual(await catalog().databases(), ['archive', 'media']);
  });

  it('refuses a database twice unless told to accept it', async () => {
    await assert.rejects(catalog().createDatabase('MEDIA'), { code: 'PH_DATABASE_EXISTS' });
    await catalog().createDatabase('MEDIA', { ifNotExists: true });
    assert.deepEqual(await catalog().databases(), ['media']);
  });

  it('drops an empty database and refuses one that has tables', async () => {
    await catalog().putTable(plays, 0);
    await assert.rejects(catalog().dropDatabase('media'), { code: 'PH_DATABASE_NOT_EMPTY' });
    await catalog().dropTable('media', 'plays');
    await catalog().dropDatabase('Media');
    assert.deepEqual(await catalog().databases(), []);
  });

  it('names what is missing', async () => {
    await assert.rejects(catalog().tables('radio'), { code: 'PH_DATABASE_UNKNOWN', hint: 'there are: media' });
    await assert.rejects(catalog().dropDatabase('radio'), { code: 'PH_DATABASE_UNKNOWN' });
    await assert.rejects(catalog().putTable({ ...plays, database: 'radio' }, 0), { code: 'PH_DATABASE_UNKNOWN' });
    await catalog().putTable(plays, 0);
    await assert.rejects(catalog().partitions('media', 'stops'), { code: 'PH_TABLE_UNKNOWN', hint: 'it has: plays' });
    await assert.rejects(catalog().dropTable('media', 'stops'), { code: 'PH_TABLE_UNKNOWN' });
    assert.equal(await catalog().table('media', 'stops'), undefined);
    assert.equal(await catalog().table('radio', 'stops'), undefined);
  });

  it('gives a table back as it was put, whatever the case of its name', async () => {
    const put = await catalog().putTable({ ...plays, database: 'MEDIA', name: 'Plays' }, 0);
    assert.deepEqual(put, { ...plays, version: 1 });
    assert.deepEqual(await catalog().table('Media', 'PLAYS'), put);
    assert.deepEqual(await catalog().tables('media'), [put]);
  });

  it('creates a table once', async () => {
    await catalog().putTable(plays, 0);
    await assert.rejects(catalog().putTable(plays, 0), { code: 'PH_TABLE_EXISTS' });
  });

  it('replaces a table only at the version that was read, and keeps its partitions and objects', async () => {
    await catalog().putTable(plays, 0);
    await catalog().registerCommit('media', 'plays', landing(0, [object(0, 'a')]));
    const wider: NewTable = { ...plays, columns: [...plays.columns, { name: 'device', type: 'string' }] };
    assert.equal((await catalog().putTable(wider, 1)).version, 2);
    await assert.rejects(catalog().putTable(plays, 1), { code: 'PH_CATALOG_CONFLICT' });
    await assert.rejects(catalog().putTable({ ...plays, name: 'stops' }, 3), { code: 'PH_CATALOG_CONFLICT' });
    assert.deepEqual((await catalog().table('media', 'plays'))?.columns, wider.columns);
    assert.equal((await catalog().objects('media', 'plays')).length, 1);
    assert.equal((await catalog().partitions('media', 'plays')).length, 1);
  });

  it('keeps the version when a replacement changes nothing', async () => {
    await catalog().putTable(plays, 0);
    assert.equal((await catalog().putTable(plays, 1)).version, 1);
  });

  it('refuses what cannot be a table', async () => {
    const refused = { code: 'PH_CATALOG_INVALID' };
    await assert.rejects(catalog().putTable({ ...plays, name: 'a.b' }, 0), refused);
    await assert.rejects(catalog().putTable({ ...plays, location: '../plays/' }, 0), refused);
    const twice = [
      { name: 'id', type: 'int' },
      { name: 'ID', type: 'string' },
    ];
    await assert.rejects(catalog().putTable({ ...plays, columns: twice }, 0), refused);
    await assert.rejects(catalog().putTable({ ...plays, partitionKeys: twice.slice(1) }, 0), refused);
  });

  it('refuses other partition keys while there are partitions', async () => {
    await catalog().putTable(plays, 0);
    await catalog().addPartitions('media', 'plays', [{ values: ['08', '11'], location: 'plays/month=08/day=11/' }]);
    await assert.rejects(catalog().putTable({ ...plays, partitionKeys: [] }, 1), { code: 'PH_CATALOG_CONFLICT' });
  });

  it('a table that was dropped leaves nothing to the next of its name', async () => {
    await catalog().putTable(plays, 0);
    await catalog().registerCommit('media', 'plays', landing(0, [object(0, 'a')]));
    await catalog().dropTable('media', 'plays');
    await catalog().putTable(plays, 0);
    assert.deepEqual(await catalog().objects('media', 'plays'), []);
    assert.deepEqual(await catalog().partitions('media', 'plays'), []);
    assert.equal(await catalog().registeredUpTo('media', 'plays', 'landing'), -1);
  });
}

function partitions(catalog: () => Catalog): void {
  const eleventh = { values: ['08', '11'], location: 'plays/month=08/day=11/' };
  const twelfth = { values: ['08', '12'], location: 'elsewhere/12/' };

  it('adds partitions once, and keeps the values as the path has them', async () => {
    await catalog().putTable(plays, 0);
    assert.equal(await catalog().addPartitions('media', 'plays', [twelfth, eleventh]), 2);
    assert.equal(await catalog().addPartitions('media', 'plays', [{ ...eleventh, location: 'other/' }]), 0);
    assert.deepEqual(await catalog().partitions('media', 'plays'), [eleventh, twelfth]);
  });

  it('drops partitions with their objects', async () => {
    await catalog().putTable(plays, 0);
    await catalog().registerCommit('media', 'plays', landing(0, [object(0, 'a'), object(0, 'b', ['08', '12'])]));
    const gone = [
      ['08', '11'],
      ['09', '01'],
    ];
    assert.equal(await catalog().dropPartitions('media', 'plays', gone), 1);
    assert.deepEqual(
      (await catalog().objects('media', 'plays')).map((each) => each.partition),
      [['08', '12']],
    );
  });

  it('refuses a partition without a value for each key, and then adds none', async () => {
    await catalog().putTable(plays, 0);
    const short = { values: ['08'], location: 'plays/month=08/' };
    await assert.rejects(catalog().addPartitions('media', 'plays', [eleventh, short]), { code: 'PH_CATALOG_INVALID' });
    assert.deepEqual(await catalog().partitions('media', 'plays'), []);
  });
}

function commits(catalog: () => Catalog): void {
  it('takes in a commit with its partitions, once', async () => {
    await catalog().putTable(plays, 0);
    assert.equal(await catalog().registeredUpTo('media', 'plays', 'landing'), -1);
    const commit = landing(0, [object(0, 'a'), object(0, 'b', ['08', '12'])]);
    await catalog().registerCommit('media', 'plays', commit);
    await catalog().registerCommit('media', 'plays', commit);
    assert.deepEqual(await catalog().objects('media', 'plays'), commit.objects);
    assert.deepEqual(await catalog().partitions('media', 'plays'), [
      { values: ['08', '11'], location: 'plays/month=08/day=11/' },
      { values: ['08', '12'], location: 'plays/month=08/day=12/' },
    ]);
    assert.equal(await catalog().registeredUpTo('media', 'plays', 'landing'), 0);
  });

  it('a commit that replaces keys takes them away; an older one that comes again does not bring them back', async () => {
    await catalog().putTable(plays, 0);
    await catalog().registerCommit('media', 'plays', landing(0, [object(0, 'a'), object(0, 'b')]));
    await catalog().registerCommit('media', 'plays', landing(1, [object(1, 'c')], [object(0, 'a').key]));
    await catalog().registerCommit('media', 'plays', landing(0, [object(0, 'a'), object(0, 'b')]));
    assert.deepEqual(await catalog().objects('media', 'plays'), [object(0, 'b'), object(1, 'c')]);
  });

  it('an object that is put again under its key belongs to the newer commit', async () => {
    await catalog().putTable(plays, 0);
    await catalog().registerCommit('media', 'plays', landing(0, [object(0, 'a')]));
    await catalog().registerCommit('media', 'plays', landing(1, [object(1, 'a')], [object(0, 'a').key]));
    assert.deepEqual(await catalog().objects('media', 'plays'), [object(1, 'a')]);
    await catalog().registerCommit('media', 'plays', landing(2, [object(2, 'a')]));
    assert.deepEqual(await catalog().objects('media', 'plays'), [object(2, 'a')]);
  });

  it('refuses a commit whose predecessor is missing, since its rows would be lost in silence', async () => {
    await catalog().putTable(plays, 0);
    await assert.rejects(catalog().registerCommit('media', 'plays', landing(1, [object(1, 'a')])), {
      code: 'PH_CATALOG_CONFLICT',
    });
    await catalog().registerCommit('media', 'plays', landing(0, []));
    await catalog().registerCommit('media', 'plays', landing(1, [object(1, 'a')]));
    assert.equal(await catalog().registeredUpTo('media', 'plays', 'landing'), 1);
  });

  it('is made anew from all commits: what they do not name is gone, columns and version stay', async () => {
    await catalog().putTable(plays, 0);
    await catalog().registerCommit('media', 'plays', landing(0, [object(0, 'a'), object(0, 'b', ['08', '12'])]));
    const before = await catalog().table('media', 'plays');
    await catalog().addPartitions('media', 'plays', [{ values: ['09', '01'], location: 'plays/month=09/day=01/' }]);
    const commits = [landing(0, [object(0, 'a')]), landing(1, [object(1, 'c')])];
    assert.equal(await catalog().registerAnew('media', 'plays', new Map([['landing', commits]])), true);
    assert.deepEqual(await catalog().objects('media', 'plays'), [object(0, 'a'), object(1, 'c')]);
    assert.deepEqual(
      (await catalog().partitions('media', 'plays')).map(({ values }) => values),
      [['08', '11']],
    );
    assert.equal(await catalog().registeredUpTo('media', 'plays', 'landing'), 1);
    assert.deepEqual(await catalog().table('media', 'plays'), before);
  });

  it('is not made anew from commits that lack one, nor halfway from a broken one', async () => {
    await catalog().putTable(plays, 0);
    const commits = [landing(0, [object(0, 'a')]), landing(1, [object(1, 'c')])];
    for (const commit of commits) await catalog().registerCommit('media', 'plays', commit);
    const before = await catalog().objects('media', 'plays');
    for (const fewer of [commits.slice(0, 1), []])
      assert.equal(await catalog().registerAnew('media', 'plays', new Map([['landing', fewer]])), false);
    const broken = [...commits, landing(2, [object(2, 'd', ['08'])])];
    await assert.rejects(catalog().registerAnew('media', 'plays', new Map([['landing', broken]])), {
      code: 'PH_CATALOG_INVALID',
    });
    assert.deepEqual(await catalog().objects('media', 'plays'), before);
    assert.equal(await catalog().registeredUpTo('media', 'plays', 'landing'), 1);
  });

  it('series count apart', async () => {
    await catalog().putTable(plays, 0);
    await catalog().registerCommit('media', 'plays', landing(0, [object(0, 'a')]));
    const other = { ...object(0, 'b'), series: 'lane-1' };
    await catalog().registerCommit('media', 'plays', { series: 'lane-1', number: 0, objects: [other], replaces: [] });
    assert.deepEqual(await catalog().objects('media', 'plays'), [object(0, 'a'), other]);
  });

  it('takes in all of a commit or nothing', async () => {
    await catalog().putTable(plays, 0);
    await catalog().registerCommit('media', 'plays', landing(0, [object(0, 'a')]));
    const broken = landing(1, [object(1, 'b'), object(1, 'c', [])], [object(0, 'a').key]);
    await assert.rejects(catalog().registerCommit('media', 'plays', broken), { code: 'PH_CATALOG_INVALID' });
    assert.deepEqual(await catalog().objects('media', 'plays'), [object(0, 'a')]);
    assert.equal(await catalog().registeredUpTo('media', 'plays', 'landing'), 0);
  });

  it('gives the objects of the partitions that are asked for', async () => {
    await catalog().putTable(plays, 0);
    const objects = ['10', '11', '12'].map((day) => object(0, 'a', ['08', day]));
    await catalog().registerCommit('media', 'plays', landing(0, objects));
    const asked = [
      ['08', '12'],
      ['08', '10'],
      ['07', '01'],
    ];
    assert.deepEqual(await catalog().objects('media', 'plays', asked), [objects[2], objects[0]]);
    assert.deepEqual(await catalog().objects('media', 'plays', []), []);
  });

  it('a table without partition keys has objects and no partitions', async () => {
    await catalog().putTable({ ...plays, partitionKeys: [] }, 0);
    await catalog().registerCommit('media', 'plays', landing(0, [object(0, 'a', [])]));
    assert.deepEqual(await catalog().objects('media', 'plays', [[]]), [object(0, 'a', [])]);
    assert.deepEqual(await catalog().partitions('media', 'plays'), []);
  });
}
