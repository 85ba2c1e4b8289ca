import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { table } from '../../../src/catalog/definition.ts';
import { planChanges } from '../../../src/pipeline/apply/plan.ts';
import { definePipeline } from '../../../src/pipeline/definition.ts';
import { pipelineProblems } from '../../../src/pipeline/validate/validate.ts';
import { defineRecord } from '../../../src/record/define-record.ts';
import { field } from '../../../src/record/field.ts';
import { restSource } from '../../../src/source/rest/definition.ts';

const raw = table({
  database: 'shop',
  name: 'raw',
  record: defineRecord('raw', { fields: { items: field.list(field.struct({ id: field.string() })) } }),
  location: 'raw/',
  format: 'json',
  partitions: { dt: 'string' },
});

type Settings = Parameters<typeof restSource>[0];
const sound: Settings = {
  baseUrl: 'https://api.example.org',
  auth: { bearer: { file: 'token' } },
  endpoints: { items: { path: '/items', into: 'raw', records: 'items' } },
  values: { dt: '{date}' },
};

function shop(settings: Partial<Settings> = {}) {
  return definePipeline('shop', { sources: { ask: restSource({ ...sound, ...settings }) }, tables: { raw } });
}

function problems(settings: object): readonly string[] {
  return pipelineProblems([shop(settings)]).map(({ path, message }) => `${path}: ${message}`);
}

describe('the definition of a REST source', () => {
  it('is sound as it stands, and says where each thing is wrong otherwise', () => {
    assert.deepEqual(problems({}), []);
    const item = { path: '/items', into: 'raw', records: 'items' };
    const wrong: readonly (readonly [object, string])[] = [
      [{ baseUrl: 'ftp://x' }, 'sources.ask.baseUrl.otherwise: expected a URL without a query, found "ftp://x"'],
      [
        { auth: { query: 'key', secret: { value: 's3cret' } } },
        'sources.ask.auth.secret: a secret stands by reference only',
      ],
      [{ auth: { query: 'key', secret: 's3cret' } }, 'sources.ask.auth.secret: a secret stands by reference only'],
      [{ metadata: { at: '{tim}' } }, 'sources.ask.metadata.at: nothing is called {tim}. Did you mean "time"?'],
      [{ values: {} }, 'sources.ask.values: says nothing of dt, by which raw is partitioned'],
      [
        { objectName: { first: '{execution_id}', further: '{execution_id}-2' } },
        'objectName.further: must hold {page}',
      ],
      [
        { objectName: { first: 'same', further: '{execution_id}{page}' } },
        'objectName.first: must hold {execution_id}',
      ],
      [
        { endpoints: { items: { ...item, into: 'rwa' } } },
        'sources.ask.endpoints.items.into: no table is called "rwa"',
      ],
      [{ endpoints: { items: { ...item, records: 'rows' } } }, 'the record raw has no list "rows"'],
      [{ endpoints: { items: { ...item, expects: ['name'] } } }, 'the elements of items have no field "name"'],
      [{ endpoints: { items: { ...item, maxPages: 4 } } }, 'maxPages: more than one, but nothing says how to ask'],
      [
        { endpoints: { items: { ...item, maxPage: 4 } } },
        'sources.ask.endpoints.items.maxPage: unknown setting. Did you mean "maxPages"?',
      ],
      [{ endpoints: { raw: item, items: item } }, 'endpoints.items.into: raw is an endpoint, too'],
      [{ contract: 'thaw' }, 'sources.ask.contract: expected'],
    ];
    for (const [settings, text] of wrong) {
      const found = problems(settings);
      assert.ok(!found.some((problem) => problem.includes('s3cret')));
      assert.ok(
        found.some((problem) => problem.includes(text)),
        `${text}\nis not in\n${found.join('\n')}`,
      );
    }
  });

  it('may gain endpoints, and may not move what one of them wrote', () => {
    const other = { ...raw, name: 'other', location: 'other/' };
    const before = { pipelines: [shop()], removed: [] };
    const { endpoints } = sound;
    const more = { ...endpoints, others: { path: '/others', into: 'raw', records: 'items' } };
    assert.deepEqual(
      planChanges(before, [shop({ endpoints: more })]).map(({ change }) => change),
      ['altered'],
    );
    const moved = shop({ endpoints: { items: { path: '/items', into: 'other', records: 'items' } } });
    const changes = planChanges(before, [{ ...moved, tables: { raw, other } }]);
    assert.deepEqual(changes.find(({ address }) => address === 'shop.ask')?.change, 'incompatible');
  });
});
