import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isPlayheadError } from '../../src/base/errors.ts';
import { days } from '../../src/base/units.ts';
import { type AgingObject, dueFor, dueMs, type LifecycleRuleSettings, lifecycle } from '../../src/govern/lifecycle.ts';
import { importLifecycle } from '../../src/govern/lifecycle-config.ts';
import { lifecycleProblems } from '../../src/govern/lifecycle-problems.ts';

const born = Date.UTC(2025, 7, 11, 10, 30);
const object: AgingObject = {
  key: 'logs/a.json',
  sizeBytes: 1_000_000,
  createdMs: born,
  tags: { 'playhead:kind': 'data' },
  storageClass: 'STANDARD',
};
const due = (rules: readonly LifecycleRuleSettings[], afterMs: number, changes: Partial<AgingObject> = {}) =>
  dueFor(lifecycle(rules).rules, { ...object, ...changes }, born + afterMs);

describe('a lifecycle rule', () => {
  test('is due at the midnight after its days, UTC, as in S3', () => {
    assert.equal(dueMs(born, 3), Date.UTC(2025, 7, 15));
    assert.equal(dueMs(Date.UTC(2025, 7, 11), 1), Date.UTC(2025, 7, 12));
    const rule = { id: 'old', prefix: 'logs/', expirationDays: 3 };
    assert.equal(due([rule], days(3)), undefined);
    assert.deepEqual(due([rule], days(4)), { action: 'expire', rule: 'old' });
  });

  test('takes what its whole filter takes, and nothing where it is off', () => {
    const rule = { id: 'r', expirationDays: 1 };
    for (const [settings, taken] of [
      [{ prefix: 'logs/' }, true],
      [{ prefix: 'log/' }, false],
      [{ sizeGreaterThan: 999_999, sizeLessThan: 1_000_001 }, true],
      [{ sizeGreaterThan: 1_000_000 }, false],
      [{ sizeLessThan: 1_000_000 }, false],
      [{ tags: { 'playhead:kind': 'data' } }, true],
      [{ tags: { 'playhead:kind': 'error' } }, false],
      [{ enabled: false }, false],
    ] as const)
      assert.equal(due([{ ...rule, ...settings }], days(9)) !== undefined, taken, JSON.stringify(settings));
  });

  test('moves down the classes, never up; the cheapest of several; expiry before any move', () => {
    const moves = {
      transitions: [
        { days: 30, storageClass: 'STANDARD_IA' },
        { days: 90, storageClass: 'GLACIER' },
      ],
    } as const;
    const rule = { id: 'cool', ...moves };
    assert.deepEqual(due([rule], days(31)), { action: 'move', rule: 'cool', storageClass: 'STANDARD_IA' });
    assert.deepEqual(due([rule], days(99)), { action: 'move', rule: 'cool', storageClass: 'GLACIER' });
    assert.equal(due([rule], days(31), { storageClass: 'GLACIER_IR' }), undefined);
    assert.equal(due([rule], days(99), { storageClass: 'GLACIER' }), undefined);
    assert.deepEqual(due([rule, { id: 'old', expirationDays: 90 }], days(99)), { action: 'expire', rule: 'old' });
  });

  test('moves nothing under 128 KiB unless it says so by size', () => {
    const rule = { id: 'cool', transitions: [{ days: 0, storageClass: 'GLACIER' as const }] };
    assert.equal(due([rule], days(2), { sizeBytes: 131_071 }), undefined);
    assert.notEqual(due([rule], days(2), { sizeBytes: 131_072 }), undefined);
    assert.notEqual(due([{ ...rule, sizeGreaterThan: 1 }], days(2), { sizeBytes: 131_071 }), undefined);
  });

  test('that is due stays due', () => {
    const rule = { id: 'r', expirationDays: 7 };
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 * 86_400_000 }), fc.nat(86_400_000), (after, more) => {
        if (due([rule], after) !== undefined) assert.notEqual(due([rule], after + more), undefined);
      }),
    );
  });
});

describe('what S3 would refuse of a lifecycle', () => {
  const problems = (...rules: LifecycleRuleSettings[]) => lifecycleProblems(lifecycle(rules));
  const ia = (at: number) => ({ days: at, storageClass: 'STANDARD_IA' }) as const;
  const glacier = (at: number) => ({ days: at, storageClass: 'GLACIER' }) as const;

  test('a sound one has no problem', () => {
    assert.deepEqual(
      problems(
        { id: 'a', prefix: 'logs/', transitions: [ia(30), glacier(60)], expirationDays: 365 },
        { id: 'b', noncurrentExpiration: { days: 1, keep: 3 } },
      ),
      [],
    );
  });

  test('each problem is said with its path', () => {
    const cases: [LifecycleRuleSettings, string, RegExp][] = [
      [{ id: 'a' }, 'rules[0]', /does nothing/],
      [{ id: 'a', transitions: [ia(29)] }, 'rules[0].transitions[0].days', /30 days and more/],
      [{ id: 'a', transitions: [ia(30), glacier(59)] }, 'rules[0].transitions[1].days', /stay in STANDARD_IA for 30/],
      [{ id: 'a', transitions: [glacier(30), ia(90)] }, 'rules[0].transitions[1].storageClass', /only go down/],
      [
        { id: 'a', transitions: [{ days: 1, storageClass: 'STANDARD' }] },
        'rules[0].transitions[0].storageClass',
        /begin in STANDARD/,
      ],
      [{ id: 'a', transitions: [glacier(10)], expirationDays: 10 }, 'rules[0].expirationDays', /must go later/],
      [{ id: 'a', tags: { team: 'x' }, expirationDays: 1 }, 'rules[0].tags.team', /no object has this tag/],
      [{ id: 'a', prefix: '/logs', expirationDays: 1 }, 'rules[0].prefix', /no key does/],
      [{ id: 'a', prefix: '_playhead/series/', expirationDays: 1 }, 'rules[0].prefix', /commits/],
      [{ id: 'a', expirationDays: 1, expiredDeleteMarkers: true }, 'rules[0].expiredDeleteMarkers', /one of them/],
      [
        { id: 'a', sizeLessThan: 9, abortIncompleteUploadDays: 1 },
        'rules[0].abortIncompleteUploadDays',
        /prefix alone/,
      ],
      [{ id: 'a', sizeLessThan: 9, sizeGreaterThan: 8, expirationDays: 1 }, 'rules[0].sizeLessThan', /no size is/],
    ];
    for (const [rule, path, message] of cases) {
      const found = problems(rule);
      assert.ok(
        found.some((problem) => problem.path === path && message.test(problem.message)),
        JSON.stringify([rule, found]),
      );
    }
    assert.match(problems({ id: 'a', expirationDays: 1 }, { id: 'a', expirationDays: 2 })[0]?.message ?? '', /already/);
  });
});

describe('importing the AWS CLI’s lifecycle document', () => {
  test('takes every setting that there is, and lists the others', () => {
    const { definition, unsupported } = importLifecycle(
      JSON.stringify({
        Rules: [
          {
            ID: 'all',
            Status: 'Enabled',
            Filter: {
              And: {
                Prefix: 'logs/',
                Tags: [{ Key: 'playhead:kind', Value: 'error' }],
                ObjectSizeGreaterThan: 10,
                ObjectSizeLessThan: 99,
              },
            },
            Transitions: [
              { Days: 30, StorageClass: 'STANDARD_IA' },
              { Date: '2026-01-01', StorageClass: 'GLACIER' },
            ],
            Expiration: { Days: 365 },
            NoncurrentVersionExpiration: { NoncurrentDays: 7, NewerNoncurrentVersions: 2 },
            NoncurrentVersionTransitions: [{ NoncurrentDays: 30, StorageClass: 'GLACIER' }],
          },
          {
            ID: 'old style',
            Status: 'Disabled',
            Prefix: 'tmp/',
            AbortIncompleteMultipartUpload: { DaysAfterInitiation: 3 },
          },
          {
            Status: 'Enabled',
            Filter: { Tag: { Key: 'playhead:table', Value: 'a.b' } },
            Expiration: { ExpiredObjectDeleteMarker: true },
          },
        ],
      }),
    );
    assert.deepEqual(definition.rules, [
      {
        id: 'all',
        enabled: true,
        prefix: 'logs/',
        tags: { 'playhead:kind': 'error' },
        sizeGreaterThan: 10,
        sizeLessThan: 99,
        transitions: [{ days: 30, storageClass: 'STANDARD_IA' }],
        expirationDays: 365,
        expiredDeleteMarkers: false,
        noncurrentExpiration: { days: 7, keep: 2 },
      },
      {
        id: 'old style',
        enabled: false,
        prefix: 'tmp/',
        transitions: [],
        expiredDeleteMarkers: false,
        abortIncompleteUploadDays: 3,
      },
      {
        id: 'Rules[2]',
        enabled: true,
        prefix: '',
        tags: { 'playhead:table': 'a.b' },
        transitions: [],
        expiredDeleteMarkers: true,
      },
    ]);
    assert.deepEqual(
      unsupported.map(({ path }) => path),
      ['Rules[0].NoncurrentVersionTransitions', 'Rules[0].Transitions[1]'],
    );
  });

  test('refuses what is none', () => {
    for (const text of ['{', '[]', '{"Rules":[1]}'])
      assert.throws(
        () => importLifecycle(text),
        (error) => isPlayheadError(error, 'PH_USAGE'),
      );
  });
});
