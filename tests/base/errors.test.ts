import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ErrorCode, errorKinds, isPlayheadError, PlayheadError } from '../../src/base/errors.ts';

const source = join(import.meta.dirname, '../../src');
const codes = Object.keys(errorKinds) as ErrorCode[];

test('every code is spelled in the one way, and exits with a documented code', () => {
  const registry = readFileSync(join(source, 'base/errors.ts'), 'utf8');
  const documented = [...(/`exitCode`:([^/]*)\*\//.exec(registry)?.[1] ?? '').matchAll(/\b(\d+) [a-z]/g)].map(
    ([, code]) => Number(code),
  );
  assert.deepEqual(documented, [1, 2, 3, 4, 5, 130]);
  for (const code of codes) {
    const { exitCode, httpStatus, retryable } = errorKinds[code];
    assert.match(code, /^PH(_[A-Z0-9]+)+$/);
    assert(documented.includes(exitCode), `${code} exits with ${exitCode}`);
    assert(httpStatus >= 400 && httpStatus < 600, code);
    assert.equal(typeof retryable, 'boolean');
  }
});

test('an error answers with what the registry says of its code', () => {
  for (const code of codes) {
    const error = new PlayheadError(code, 'what went wrong', { hint: 'do this', details: { key: 1 }, cause: 7 });
    assert.equal(error.code, code);
    assert.deepEqual([error.exitCode, error.httpStatus, error.retryable], Object.values(kindOf(code)));
    assert.deepEqual([error.hint, error.details, error.cause], ['do this', { key: 1 }, 7]);
    assert(isPlayheadError(error, code) && isPlayheadError(error));
  }
  assert(!isPlayheadError(new Error('x')));
});

function kindOf(code: ErrorCode): { exitCode: number; httpStatus: number; retryable: boolean } {
  const { exitCode, httpStatus, retryable } = errorKinds[code];
  return { exitCode, httpStatus, retryable };
}
