import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { accountOf, addsUp, type PathFigures } from '../../src/ledger/account.ts';

const count = fc.integer({ min: 0, max: 100_000 });

/** A path in which every record went one way or another: what really happened, and the figures that the steps keep of it. */
const truePath = fc
  .record({
    trimmed: count,
    held: count,
    lost: fc.integer({ min: 0, max: 100 }),
    expired: fc.integer({ min: 0, max: 100 }),
    pendingShare: fc.integer({ min: 0, max: 100 }),
    errored: fc.integer({ min: 0, max: 100 }),
    unread: fc.integer({ min: 0, max: 100 }),
    quarantined: fc.integer({ min: 0, max: 100 }),
    deduplicated: fc.integer({ min: 0, max: 100 }),
    superseded: fc.integer({ min: 0, max: 100 }),
  })
  .map((facts) => {
    const pending = Math.floor((facts.held * facts.pendingShare) / 100);
    const produced = facts.held + facts.trimmed + facts.lost + facts.expired + 500;
    const logged = produced - pending - facts.lost - facts.expired;
    const delivered = logged - facts.errored;
    const read = delivered - facts.unread;
    const written = read - facts.quarantined - facts.deduplicated;
    const figures: PathFigures = {
      stream: 'shop.orders',
      table: 'shop.orders',
      streamFigures: { held: facts.held, trimmed: produced - facts.held, expired: facts.expired },
      delivery: {
        logged,
        delivered,
        errored: facts.errored,
        lost: facts.lost,
        pending,
        tableRows: delivered,
        missing: [],
        missingErrors: [],
        unregistered: 0,
        unreadable: 0,
      },
      jobs: [
        {
          address: 'shop.curate',
          read,
          written,
          quarantined: facts.quarantined,
          deduplicated: facts.deduplicated,
          superseded: facts.superseded,
          replaced: 0,
          tableRows: written - facts.superseded,
          missing: [],
          missingQuarantine: [],
        },
      ],
      faults: [],
    };
    return { facts, pending, produced, figures };
  });

describe('account', () => {
  it('adds up for whatever really happened, and names each part', () => {
    fc.assert(
      fc.property(truePath, ({ facts, pending, produced, figures }) => {
        const account = accountOf(figures);
        assert.ok(addsUp(account), JSON.stringify(account));
        assert.equal(account.produced, produced);
        assert.equal(account.pending, pending + facts.unread);
        assert.equal(account.quarantined, facts.errored + facts.quarantined + facts.superseded);
        assert.equal(account.lost, facts.lost);
        assert.equal(account.expired, facts.expired);
      }),
    );
  });

  it('does not add up when any step loses or invents a record', () => {
    const wrongs: readonly ((figures: PathFigures, by: number) => PathFigures)[] = [
      (f, by) => ({ ...f, streamFigures: { ...f.streamFigures, held: f.streamFigures.held + by } }),
      (f, by) => ({ ...f, delivery: { ...f.delivery, delivered: f.delivery.delivered + by } }),
      (f, by) => ({ ...f, delivery: { ...f.delivery, errored: f.delivery.errored + by } }),
      (f, by) => ({ ...f, delivery: { ...f.delivery, tableRows: (f.delivery.tableRows ?? 0) + by } }),
      (f, by) => ({ ...f, jobs: f.jobs.map((job) => ({ ...job, tableRows: job.tableRows + by })) }),
      (f, by) => ({ ...f, jobs: f.jobs.map((job) => ({ ...job, deduplicated: job.deduplicated + by })) }),
      (f, by) => ({ ...f, jobs: f.jobs.map((job) => ({ ...job, read: job.read + by })) }),
    ];
    fc.assert(
      fc.property(
        truePath,
        fc.constantFrom(...wrongs),
        fc.integer({ min: -5, max: 5 }).filter((by) => by !== 0),
        ({ figures }, wrong, by) => {
          const account = accountOf(wrong(figures, by));
          assert.ok(!addsUp(account) && account.problems.length > 0, JSON.stringify(account));
        },
      ),
    );
  });

  it('does not add up where a summand is below zero, though the sum is right', () => {
    fc.assert(
      fc.property(truePath, ({ figures, facts }) => {
        const twice = facts.errored + facts.quarantined + facts.superseded + 1;
        const replayed = figures.jobs.map((job) => {
          const [written, tableRows] = [job.written + twice, job.tableRows + twice];
          return { ...job, written, tableRows, quarantined: job.quarantined - twice };
        });
        const account = accountOf({ ...figures, jobs: replayed });
        assert.equal(account.missing, 0);
        assert.equal(account.quarantined, -1);
        assert.ok(!addsUp(account));
        assert.deepEqual(account.problems, ['quarantined is -1: more went from there than ever came']);
      }),
    );
  });

  it('takes positions that were given up for a bound, and what goes beyond it for a fault', () => {
    fc.assert(
      fc.property(truePath, fc.nat({ max: 9 }), fc.nat({ max: 9 }), ({ figures, facts }, markers, by) => {
        const { delivery, streamFigures } = figures;
        const gapped = (more: number) =>
          accountOf({
            ...figures,
            streamFigures: {
              ...streamFigures,
              held: streamFigures.held + more,
              expired: facts.expired + markers,
              expiredAtMost: true,
            },
            delivery: { ...delivery, lost: facts.lost + markers, lostAtMost: true },
          });
        const records = facts.lost + facts.expired;
        const whole = gapped(0);
        assert.ok(addsUp(whole), JSON.stringify(whole));
        assert.deepEqual([whole.lost, whole.atMost?.records ?? 0], [facts.lost + markers, records]);
        for (const [more, missing] of [
          [2 * markers + by + 1, by + 1],
          [-records - by - 1, -by - 1],
        ] as const) {
          const account = gapped(more);
          assert.equal(account.missing, missing);
          assert.ok(!addsUp(account) && account.problems.length > 0, JSON.stringify(account));
        }
      }),
    );
  });

  it('ends in the lake where a delivery has no table', () => {
    const account = accountOf({
      stream: 'shop.orders',
      table: 'the lake',
      streamFigures: { held: 10, trimmed: 0, expired: 0 },
      delivery: {
        logged: 8,
        delivered: 7,
        errored: 1,
        lost: 0,
        pending: 2,
        unregistered: 0,
        unreadable: 0,
        missing: [],
        missingErrors: [],
      },
      jobs: [],
      faults: [],
    });
    assert.ok(addsUp(account));
    assert.deepEqual([account.produced, account.delivered, account.quarantined, account.pending], [10, 7, 1, 2]);
  });
});
