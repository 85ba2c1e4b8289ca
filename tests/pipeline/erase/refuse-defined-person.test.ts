import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPlayheadError } from '../../../src/base/errors.ts';
import { personFinder } from '../../../src/govern/erase/person-finder.ts';
import { defineRecord, field } from '../../../src/index.ts';
import type { PipelineDefinition } from '../../../src/pipeline/definition.ts';
import { refuseDefinedPerson } from '../../../src/pipeline/erase/refuse-defined-person.ts';
import type { Fields } from '../../../src/record/type.ts';
import { peoplePipeline } from './erasing.ts';

const nowhere = { files: new Map<string, string>(), sources: new Map<string, string>() };

function people(fields: Fields, sql = 'SELECT * FROM people.landed'): PipelineDefinition {
  return peoplePipeline({ name: 'people', record: defineRecord('person', { fields }), key: 'user_id', sql });
}

/** The lines of the refusal after the first; undefined where nobody is refused. */
function refused(pipeline: PipelineDefinition, value: string, written = nowhere): readonly string[] | undefined {
  try {
    refuseDefinedPerson([pipeline], personFinder({ field: 'user_id', value }), written);
    return undefined;
  } catch (error) {
    assert.ok(isPlayheadError(error, 'PH_PERSON_DEFINED') && !error.message.includes(value));
    return error.message.split('\n').slice(1);
  }
}

test('an id in a set of values is told with its lines, however short it is, and a number of the field with them', () => {
  const written = { ...nowhere, sources: new Map([['pipelines/people/record.ts', "one\noneOf: ['7', '12']\n"]]) };
  const pipeline = people({ user_id: field.string({ oneOf: ['7', '12'] }) });
  assert.deepEqual(refused(pipeline, '12', written), [
    'people.events: record.fields.user_id.oneOf',
    'people.landing: record.fields.user_id.oneOf',
    'people.curated: record.fields.user_id.oneOf',
    'written in pipelines/people/record.ts:2',
  ]);
  const limited = people({ user_id: field.bigint({ min: 2_718_281_828 }) });
  assert.equal(refused(limited, '2718281828')?.[0], 'people.events: record.fields.user_id.min');
});

test('an id in SQL is told with its file', () => {
  const pipeline = people({ user_id: field.string() }, "SELECT * FROM people.landed WHERE user_id <> 'U-2718281828'");
  assert.deepEqual(refused(pipeline, 'U-2718281828'), ['people.curate: sql', 'written in jobs/curate.sql']);
});

test('a short text of another field, and a number that is no id, are nobody', () => {
  const pipeline = people({ user_id: field.string({ maxLength: 12 }), size: field.string({ oneOf: ['12'] }) });
  assert.equal(refused(pipeline, '12'), undefined);
  assert.equal(
    refused(people({ user_id: field.string(), amount: field.bigint({ max: 2_718_281_828 }) }), '2718281828'),
    undefined,
  );
});
