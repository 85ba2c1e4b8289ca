import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { columnNames, constantName, pipelineName, sqlColumn } from '../../../src/pipeline/scaffold/names.ts';
import { fieldText, quoted } from '../../../src/pipeline/scaffold/render-record.ts';
import { namePattern } from '../../../src/pipeline/shape/sections.ts';
import { field } from '../../../src/record/field.ts';
import { anyCharacter } from '../../base/any-character.ts';

test('a pipeline is named after its file', () => {
  for (const [file, name] of [
    ['events.ndjson', 'events'],
    ['/a/b/My Sales (Q1).2024.csv.gz', 'my_sales_q1_2024'],
    ['2024.parquet', 'data_2024'],
    ['select.csv', 'data_select'],
    ['Ünï-cödé_ß.csv', 'ueni_coede_ss'],
    ['視聴.ndjson', 'records'],
    ['userEvents.json', 'user_events'],
  ] as const)
    assert.equal(pipelineName(file), name);
});

test('any file name gives a name that definitions accept', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (file) => {
      assert.match(pipelineName(file), namePattern);
      assert(pipelineName(file).length <= 45);
    }),
  );
});

test('columns get names that need no quotes, unlike one another and the partitions', () => {
  assert.deepEqual(columnNames(['Order', 'order', 'Order!', '1st', '', 'Day', 'amount_2', 'Amount', 'amount', '$']), [
    'order_value',
    'order_value_2',
    'order_value_3',
    'c_1st',
    'column_5',
    'day_value',
    'amount_2',
    'amount',
    'amount_3',
    'column_10',
  ]);
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), (headers) => {
      const names = columnNames(headers);
      assert.equal(new Set(names).size, headers.length);
      for (const name of names) assert.equal(sqlColumn(name), name);
    }),
  );
});

test('names are quoted in SQL and in TypeScript where they have to be', () => {
  assert.deepEqual(['a', 'userId', 'order', 'a b', 'x"y', '1a'].map(sqlColumn), [
    'a',
    'userId',
    '"order"',
    '"a b"',
    '"x""y"',
    '"1a"',
  ]);
  assert.deepEqual(['web_sales', 'class', 'json', 'a-b'].map(constantName), [
    'webSales',
    'classPipeline',
    'jsonPipeline',
    'aB',
  ]);
});

test('what is written reads back as the same text', () => {
  fc.assert(
    fc.property(fc.string({ unit: anyCharacter }), (text) => {
      // The literal is what is under test: to read it is to evaluate it.
      assert.equal(new Function(`return ${quoted(text)}`)(), text);
    }),
  );
});

test('fields are written as the builder calls that give them', () => {
  assert.equal(fieldText(field.optional(field.int({ min: 0 })), ''), 'field.optional(field.int({ min: 0 }))');
  assert.equal(
    fieldText(field.decimal(9, 2, { description: "it's" }), ''),
    "field.decimal(9, 2, { description: 'it\\'s' })",
  );
  assert.equal(
    fieldText(field.list(field.struct({ 'a b': field.map(field.json()) })), ''),
    "field.list(field.struct({\n  'a b': field.map(field.json()),\n}))",
  );
});
