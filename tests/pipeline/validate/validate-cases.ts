/** What is wrong with a pipeline, and what is said of it: for the tests of validation. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Sections } from '../../../src/pipeline/definition.ts';
import { pipelineProblems } from '../../../src/pipeline/validate/validate.ts';
import { order, shop } from '../shop.ts';

/** What is wrong, the changed sections, the path of the problem, and what its message must say. */
export type Case = readonly [what: string, changes: Sections, path: string, message: RegExp];

export function reportsEach(cases: readonly Case[]): void {
  for (const [what, changes, path, message] of cases) {
    it(`reports ${what}, once, with its path`, () => {
      const problems = pipelineProblems([shop(changes)]);
      const own = problems.filter((problem) => problem.path === path);
      assert.equal(own.length, 1, `\n${problems.map((problem) => `${problem.path}: ${problem.message}`).join('\n')}`);
      assert.match(own[0]?.message ?? '', message);
    });
  }
}

/** What a user without the compiler can write. */
export const untyped = <T>(value: unknown): T => value as T;

export function streamSettings() {
  return { topic: 'orders', record: order, key: 'order_id', partitions: 4 };
}
export function tableSettings() {
  return {
    database: 'shop',
    name: 'orders_json',
    record: order,
    location: 'orders/',
    format: 'json' as const,
    partitions: { year: 'int' as const, month: 'int' as const },
  };
}
export function curatedSettings() {
  return { database: 'shop', name: 'orders', record: order, location: 'curated/orders/', format: 'parquet' as const };
}
export function deliverySettings() {
  return { from: 'orders', table: 'landing', prefix: 'orders/year=!{timestamp:yyyy}/month=!{timestamp:MM}/' };
}
export function jobSettings() {
  return { from: 'landing', into: 'curated', sql: { text: 'SELECT 1', path: 'jobs/curate.sql' } };
}
