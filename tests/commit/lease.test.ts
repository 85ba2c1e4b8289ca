import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Effects, type ManualClock, manualClock, testEffects } from '../../src/base/effects.ts';
import { isPlayheadError, PlayheadError } from '../../src/base/errors.ts';
import { type Holder, isDead, thisProcess } from '../../src/commit/holder.ts';
import { acquireLease } from '../../src/commit/lease.ts';
import { LeaseWatch } from '../../src/commit/lease-watch.ts';
import { type TakeLease, underLeases } from '../../src/commit/under-leases.ts';
import { openFileStore } from '../../src/lake/file.ts';
import { type ObjectStore, readAll } from '../../src/lake/object-store.ts';

let folder: string;
let store: ObjectStore;
let effects: Effects;
let clock: ManualClock;
before(async () => {
  clock = manualClock();
  effects = testEffects({ clock });
  folder = await fs.mkdtemp(join(tmpdir(), 'playhead-lease-'));
  store = await openFileStore(folder, effects);
});
after(async () => {
  await store.close();
  await fs.rm(folder, { recursive: true });
});

/** Rewrites who holds a lease, as if it had been taken elsewhere. */
async function pretend(name: string, change: (holder: Holder) => Holder): Promise<void> {
  const key = `_playhead/leases/${name}.json`;
  const record = JSON.parse(Buffer.from((await readAll(store, key)).bytes).toString());
  await store.put(key, Buffer.from(JSON.stringify({ ...record, holder: change(record.holder) })));
}

/** A second of the clock, in which whoever waits looks once. */
async function passSecond(): Promise<void> {
  await clock.advance(1000);
  await store.head('nothing');
  await new Promise((resolve) => setImmediate(resolve));
}

test('a second holder is refused with the name of the first, until that lets go', async () => {
  const first = await acquireLease(store, 'two', { holder: 'playhead deliver a.landing' }, effects);
  await assert.rejects(acquireLease(store, 'two', { holder: 'other' }, effects), (error: PlayheadError) => {
    assert.equal(error.code, 'PH_LEASE_HELD');
    assert.match(error.message, /playhead deliver a\.landing \(process \d+ on /);
    return true;
  });
  await first.release();
  const second = await acquireLease(store, 'two', { holder: 'other' }, effects);
  assert.equal(second.term, 2);
});

test('of eight that want a lease at once, one gets it', async () => {
  const results = await Promise.allSettled(
    Array.from({ length: 8 }, (_, i) => acquireLease(store, 'eight', { holder: `h${i}` }, effects)),
  );
  assert.equal(results.filter((result) => result.status === 'fulfilled').length, 1);
});

test('a lease of a process that was killed is taken over at once', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await once(child, 'spawn');
  await acquireLease(store, 'killed', { holder: 'killed' }, effects);
  const holder = await thisProcess('killed', effects);
  await pretend('killed', () => ({ name: 'killed', machine: holder.machine, pid: child.pid ?? 0 }));
  await assert.rejects(acquireLease(store, 'killed', { holder: 'next' }, effects), /killed/);
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal((await acquireLease(store, 'killed', { holder: 'next' }, effects)).term, 2);
});

/** As on Linux, on the machine with this id; nothing else of it can be read. */
function onMachine(id: string, boot: string): Effects {
  const texts: Readonly<Record<string, string>> = {
    '/etc/machine-id': `${id}\n`,
    '/proc/sys/kernel/random/boot_id': `${boot}\n`,
  };
  const readFile = async (path: unknown): Promise<string> => {
    const text = texts[String(path)];
    if (text === undefined) throw new Error('ENOENT');
    return text;
  };
  return { ...effects, fs: Object.assign({}, effects.fs, { readFile }) };
}

test('a machine that was restarted holds nothing; another of its name does, and so does one that nobody can tell apart', async () => {
  const [one, another] = ['1'.repeat(32), '2'.repeat(32)];
  const before = await thisProcess('x', onMachine(one, 'earlier'));
  assert.equal(await isDead(before, onMachine(one, 'later')), true);
  assert.equal(await isDead(before, onMachine(another, 'later')), false);
  for (const unknown of ['', 'uninitialized'])
    assert.equal(
      await isDead(await thisProcess('x', onMachine(unknown, 'earlier')), onMachine(unknown, 'later')),
      false,
    );
});

test('a process id that was used again is no living holder', async () => {
  await acquireLease(store, 'reused', { holder: 'old' }, effects);
  const me = await thisProcess('me', effects);
  if (me.startedTicks === undefined) return;
  await pretend('reused', (holder) => ({ ...holder, startedTicks: '1' }));
  assert.equal((await acquireLease(store, 'reused', { holder: 'next' }, effects)).term, 2);
});

test('leases that are held are renewed while another one is waited for', async () => {
  const waits = Promise.withResolvers<Holder>();
  const wait = { signal: new AbortController().signal, onHeld: waits.resolve };
  const take =
    (name: string): TakeLease =>
    (meanwhile) =>
      acquireLease(store, name, { holder: `of ${name}`, ttlMs: 60_000, wait, meanwhile }, effects);
  const busy = await acquireLease(store, 'last', { holder: 'busy', ttlMs: 60_000 }, effects);
  let done = false;
  const both = underLeases([take('first'), take('last')], async () => {
    done = true;
  });
  await waits.promise;
  const renewed = async (): Promise<boolean> =>
    JSON.parse(Buffer.from((await readAll(store, '_playhead/leases/first.json')).bytes).toString()).beat > 0;
  for (let second = 0; second < 1000 && !(await renewed()); second += 1) await passSecond();
  assert.ok(await renewed());
  await busy.release();
  while (!done) await passSecond();
  await both;
});

test('a holder elsewhere is waited for by our own clock, and taken over when it stands still', async () => {
  const stalled = await acquireLease(store, 'elsewhere', { holder: 'stalled', ttlMs: 60_000 }, effects);
  await pretend('elsewhere', (holder) => ({ ...holder, machine: 'other-host/boot/1' }));
  const told: string[] = [];
  const wait = { signal: new AbortController().signal, onHeld: (holder: Holder) => void told.push(holder.name) };
  let taken = false;
  const waiting = acquireLease(store, 'elsewhere', { holder: 'next', wait }, effects).then((lease) => {
    taken = true;
    return lease;
  });
  const passSeconds = async (seconds: number): Promise<void> => {
    for (let i = 0; i < seconds; i += 1) await passSecond();
  };
  clock.jumpTo(clock.now() + 86_400_000);
  await passSeconds(30);
  assert.equal(taken, false);
  while (!taken) await passSeconds(10);
  assert.equal((await waiting).term, 2);
  assert.deepEqual(told, ['stalled']);
  await assert.rejects(stalled.renew(), (error) => isPlayheadError(error, 'PH_LEASE_LOST'));
  await stalled.release();
  await assert.rejects(acquireLease(store, 'elsewhere', { holder: 'third' }, effects), /next/);
});

test('a holder elsewhere that stands still is taken over also by one who will not wait', async () => {
  await acquireLease(store, 'gone', { holder: 'gone', ttlMs: 60_000 }, effects);
  await pretend('gone', (holder) => ({ ...holder, machine: 'other-host/boot/1' }));
  let taken = false;
  const watching = acquireLease(store, 'gone', { holder: 'next' }, effects).finally(() => {
    taken = true;
  });
  while (!taken) await passSecond();
  assert.equal((await watching).term, 2);
});

test('a holder elsewhere that renews refuses one who will not wait', async () => {
  await acquireLease(store, 'busy', { holder: 'busy', ttlMs: 60_000 }, effects);
  await pretend('busy', (holder) => ({ ...holder, machine: 'other-host/boot/1' }));
  let refused = false;
  const watching = acquireLease(store, 'busy', { holder: 'next' }, effects).finally(() => {
    refused = true;
  });
  const outcome = assert.rejects(watching, (error) => isPlayheadError(error, 'PH_LEASE_HELD'));
  for (let beat = 0; !refused; beat += 1) {
    await pretend('busy', (holder) => ({ ...holder, name: `busy, beat ${beat}` }));
    await clock.advance(1000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await outcome;
});

test('a lease that is renewed is not taken', async () => {
  const lease = await acquireLease(store, 'renewed', { holder: 'busy', ttlMs: 9000 }, effects);
  const before = await store.head('_playhead/leases/renewed.json');
  await lease.renew();
  assert.equal((await store.head('_playhead/leases/renewed.json'))?.etag, before?.etag);
  await clock.advance(3000);
  await lease.renew();
  assert.notEqual((await store.head('_playhead/leases/renewed.json'))?.etag, before?.etag);
  await clock.advance(100_000);
  await Promise.all([lease.renew(), lease.renew(), lease.renew()]);
});

test('a wait can be broken off', async () => {
  await acquireLease(store, 'broken', { holder: 'first' }, effects);
  const abort = new AbortController();
  const waiting = acquireLease(
    store,
    'broken',
    { holder: 'b', wait: { signal: abort.signal, onHeld: () => abort.abort() } },
    effects,
  );
  await assert.rejects(waiting, (error) => isPlayheadError(error, 'PH_INTERRUPTED'));
});

test('a holder that is asked for its lease keeps it until it gives it up, and then it is only for who asked', async () => {
  const lease = await acquireLease(store, 'asked', { holder: 'first', ttlMs: 9000 }, effects);
  const watchOf = async (worker: string): Promise<LeaseWatch> =>
    new LeaseWatch(store, 'asked', { ...(await thisProcess(worker, effects)), worker }, effects);
  const [second, third] = [await watchOf('second'), await watchOf('third')];
  await second.look();
  await second.ask();
  await clock.advance(3000);
  await lease.renew();
  const { holder, asked, free } = await second.look();
  assert.deepEqual([holder?.name, asked?.name, free], ['first', 'second', false]);
  await lease.release();
  const seen = await third.look();
  assert.deepEqual([seen.free, seen.owner?.name], [false, 'second']);
  await assert.rejects(acquireLease(store, 'asked', { holder: 'fourth' }, effects), /second/);
  assert.equal((await second.look()).free, true);
  assert.equal((await second.take(9000))?.term, 2);
  assert.equal((await third.look()).asked, undefined);
  await lease.release();
  assert.equal((await third.look()).holder?.name, 'second');
});

test('a lease that was given back for one who then never came is free after its time', async () => {
  const lease = await acquireLease(store, 'never-came', { holder: 'first', ttlMs: 9000 }, effects);
  const me = await thisProcess('elsewhere', effects);
  const elsewhere = new LeaseWatch(store, 'never-came', { ...me, machine: 'other-host/boot/1' }, effects);
  await elsewhere.look();
  await elsewhere.ask();
  await lease.release();
  const watch = new LeaseWatch(store, 'never-came', me, effects);
  assert.equal((await watch.look()).free, false);
  await clock.advance(9000);
  assert.equal((await watch.look()).free, true);
});

test('asking for a lease is no sign of its holder’s life', async () => {
  await acquireLease(store, 'silent', { holder: 'silent', ttlMs: 9000 }, effects);
  await pretend('silent', (holder) => ({ ...holder, machine: 'other-host/boot/1' }));
  const watch = new LeaseWatch(store, 'silent', await thisProcess('me', effects), effects);
  await watch.look();
  await clock.advance(8000);
  await watch.ask();
  await clock.advance(1000);
  assert.equal((await watch.look()).free, true);
});

test('a holder whose renewal was written without its knowing goes on', async () => {
  let isAnswerLost = false;
  const unreliable: ObjectStore = {
    ...store,
    put: async (key, body, condition) => {
      const answer = store.put(key, body, condition);
      if (!isAnswerLost) return answer;
      isAnswerLost = false;
      await answer;
      // What a client gets that tried again, for the first answer was lost.
      throw new PlayheadError('PH_OBJECT_CHANGED', 'tried again');
    },
  };
  const lease = await acquireLease(unreliable, 'unanswered', { holder: 'first', ttlMs: 9000 }, effects);
  await clock.advance(3000);
  isAnswerLost = true;
  await lease.renew();
  assert.equal(isAnswerLost, false);
  await assert.rejects(acquireLease(store, 'unanswered', { holder: 'second' }, effects), /first/);
});
