import assert from 'node:assert/strict';
import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { createGzip } from 'node:zlib';
import { testEffects } from '../../src/base/effects.ts';
import { reconcile } from '../../src/check/reconcile/reconcile.ts';
import { openDuck } from '../../src/duck/duck.ts';
import { openReadOnlyFileStore } from '../../src/lake/file-read-only.ts';
import { soakRounds } from './length.ts';

/** Ten million; a million a round of a shorter soak. */
const count = Math.min(10, soakRounds(10)) * 1_000_000;
const perObject = 250_000;
/** What both sides of one part of the data take, and what Node takes by itself; 3 GB go through it. */
const mostResidentBytes = 640 * 1024 ** 2;

const isLost = (n: number): boolean => n % 1_000_003 === 17;
const isDoubled = (n: number): boolean => n % 2_000_003 === 9;
const isAltered = (n: number): boolean => n % 1_500_007 === 5;

function planted(is: (n: number) => boolean): number {
  let found = 0;
  for (let n = 0; n < count; n += 1) if (is(n)) found += 1;
  return found;
}

function line(n: number, quality = '1080p'): string {
  const at = new Date(Date.UTC(2025, 7, 11) + n * 8).toISOString();
  return `{"event_id":"E_${(n * 2_654_435_761) % 4_294_967_296}_${n}","at":"${at}","viewer":"V_${n % 99_991}","title":"T_${n % 9973}","event":"progress","position":${n % 7200},"bandwidth":${(n % 400) / 10},"device":"smart_tv","os":"tizen","version":"5.2.${n % 9}","country":"DE","isp":"isp-${n % 12}","quality":"${quality}","stalled_ms":${n % 50},"session":"S_${Math.floor(n / 40)}"}\n`;
}

/** What a copier makes of a record: nothing, the record, it twice, or another. */
function copiedLine(n: number): string {
  if (isLost(n)) return '';
  const copy = isAltered(n) ? line(n, '720p') : line(n);
  return isDoubled(n) ? copy + copy : copy;
}

async function write(to: Writable, from: number, until: number, of: (n: number) => string): Promise<void> {
  const pieces = function* (): Generator<string> {
    for (let first = from; first < until; first += 1000)
      yield Array.from({ length: Math.min(1000, until - first) }, (_, i) => of(first + i)).join('');
  };
  await pipeline(Readable.from(pieces()), to);
}

test(`${count} records are compared in bounded memory, and every planted difference is found`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'playhead-reconcile-'));
  const effects = testEffects();
  await write(createWriteStream(join(folder, 'sent.ndjson')), 0, count, line);
  for (let first = 0; first < count; first += perObject) {
    const directory = join(folder, 'lake', `part=${first / perObject}`);
    mkdirSync(directory, { recursive: true });
    const packed = createGzip({ level: 1 });
    const stored = pipeline(packed, createWriteStream(join(directory, 'plays.json.gz')));
    await write(packed, first, Math.min(count, first + perObject), copiedLine);
    await stored;
  }
  const store = await openReadOnlyFileStore(folder, effects);
  const scratch = join(folder, 'scratch');
  const duck = () => openDuck({ memoryBytes: 256 * 1024 ** 2, threads: 1, temporaryDirectory: scratch });
  const found = await reconcile(
    { stream: { kind: 'objects', objects: [{ store, prefix: 'sent.ndjson' }] }, lake: { store, prefix: 'lake/' } },
    {
      key: ['event_id'],
      time: { field: 'at', unit: 'milliseconds' },
      times: new Map(),
      ignored: new Set(),
      samples: 20,
      signal: new AbortController().signal,
    },
    { duck, scratch },
    effects,
  );
  rmSync(folder, { recursive: true });
  const { missing, doubled, altered, extra } = found.counts;
  assert.deepEqual(
    { missing, doubled, altered, extra },
    { missing: planted(isLost), doubled: planted(isDoubled), altered: planted(isAltered), extra: 0 },
  );
  const residentBytes = process.resourceUsage().maxRSS * 1024;
  assert.ok(residentBytes < mostResidentBytes, `${residentBytes} bytes resident`);
});
