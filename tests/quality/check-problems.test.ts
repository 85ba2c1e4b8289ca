import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkProblems } from '../../src/quality/check-problems.ts';
import { check } from '../../src/quality/definition.ts';
import { compileRowRules } from '../../src/quality/row-rules.ts';
import { defineRecord } from '../../src/record/define-record.ts';
import { field } from '../../src/record/field.ts';

const play = defineRecord('play', { fields: { id: field.string(), seconds: field.int(), city: field.string() } });
const problems = (...checks: Parameters<typeof checkProblems>[0]): string[] =>
  checkProblems(checks, { input: play, target: play }).map(({ path, message }) => `${path}: ${message}`);

test('what a check cannot mean is a problem with its path, and with what was probably meant', () => {
  assert.deepEqual(problems(check.notNull('cty')), [
    'checks[0].field: the record play has no field "cty". Did you mean "city"?',
  ]);
  assert.match(problems(check.range('seconds', { min: 5, max: 4 }))[0] ?? '', /no value could pass/);
  assert.match(problems(check.range('city', { min: 5 }))[0] ?? '', /city is string, not a number/);
  assert.match(problems(check.volume({}, { severity: 'quarantine' }))[0] ?? '', /fail or warn/);
  assert.match(problems(check.notNull('id', { name: 'pattern' }))[0] ?? '', /a reason that record types give/);
  assert.match(problems(check.notNull('id'), check.notNull('id'))[0] ?? '', /^checks\[1\]\.name: two checks/);
  assert.match(
    problems(check.group('g', { by: ['id'], orderBy: ['secnds'], same: ['id'] }))[0] ?? '',
    /^checks\[0\]\.orderBy\[0\]: .*"seconds"/,
  );
  assert.deepEqual(problems(check.notNull('id'), check.range('seconds', { min: 0 }), check.pattern('city', '^K')), []);
});

test('a condition that names no field of the record, or asks a table, is refused', async () => {
  const compiled = (predicate: string): Promise<unknown> => compileRowRules([check.row('rule', predicate)], play);
  await assert.rejects(compiled('secnds > 1'), /check rule: the record play has no field "secnds"/);
  await assert.rejects(compiled('id IN (SELECT id FROM other)'), /a condition over one record was expected/);
  await assert.rejects(compiled('seconds >'), { code: 'PH_SQL_SYNTAX' });
});
