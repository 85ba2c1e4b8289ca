import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { crawl } from '../../../src/catalog/crawler/crawl.ts';
import { crawler } from '../../../src/catalog/definition.ts';
import type { Duck } from '../../../src/duck/duck.ts';
import { contents, crawlFixture, smallDuck } from './crawl-fixture.ts';

const golden = join(import.meta.dirname, '../../golden/crawler');

/** A case is a folder: crawler.json (the definition), lake/ (the objects), expected.json (report and catalog). */
describe('crawler goldens', async () => {
  let duck: Duck;
  let close: () => Promise<void>;
  before(async () => ({ duck, close } = await smallDuck()));
  after(() => close());

  for (const name of (await readdir(golden)).sort())
    it(name.replaceAll('-', ' '), async () => {
      const folder = join(golden, name);
      const fixture = await crawlFixture(duck);
      const definition = crawler(JSON.parse(await readFile(join(folder, 'crawler.json'), 'utf8')));
      const objects = join(folder, 'lake');
      for (const entry of await readdir(objects, { recursive: true, withFileTypes: true })) {
        const path = join(entry.parentPath, entry.name);
        if (entry.isFile()) await fixture.lake.put(relative(objects, path), await readFile(path));
      }
      const report = await crawl(definition, fixture, fixture.effects);
      const found = `${JSON.stringify({ report, tables: await contents(fixture.catalog) }, null, 2)}\n`;
      const expected = join(folder, 'expected.json');
      if (!existsSync(expected)) {
        await writeFile(expected, found);
        assert.fail(`${expected} was not there: it is now; read it before you run this again`);
      }
      assert.equal(found, await readFile(expected, 'utf8'));
      const again = await crawl(definition, fixture, fixture.effects);
      assert.deepEqual(
        again.tables.filter((table) => table.change !== 'unchanged'),
        [],
        'a second crawl of the same objects changes nothing',
      );
      assert.equal(again.objects.sampled, 0);
      assert.deepEqual(again.findings, report.findings, 'what was wrong stays said');
      await fixture.close();
    });
});
