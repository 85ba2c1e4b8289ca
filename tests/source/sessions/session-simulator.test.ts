import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isPlayheadError } from '../../../src/base/errors.ts';
import type { Incident } from '../../../src/source/sessions/incidents.ts';
import type { Injection } from '../../../src/source/sessions/injection.ts';
import { SessionSource } from '../../../src/source/sessions/session-source.ts';
import { playedRecords } from './played-records.ts';
import { hourMs, monday, sampleModel, sampleReference, sampleSource } from './sample-service.ts';

/** The nested record that the sample's mapping makes. */
interface Play {
  readonly schema: number;
  readonly what: 'PLAY' | 'pause' | 'resume' | 'QUIT' | 'END';
  readonly who: { readonly household: string; readonly plan: 'solo' | 'family'; readonly town: string };
  readonly at: number;
  readonly began: string;
  readonly id: string;
  readonly session: string;
  readonly work: { readonly id: string; readonly of: { readonly seconds: number; readonly name: string } };
  readonly progress: {
    readonly second: number;
    readonly percent: number;
    readonly watched: number;
    readonly stalls: { readonly n: number; readonly seconds: number };
  };
  readonly device: { readonly id: string; readonly kind: string; readonly os: string; readonly app: string };
  readonly network: { readonly isp: string; readonly over: string; readonly ip: string; readonly mbps: number };
  readonly picture: '720p' | '1080p';
  readonly errors: number;
}

function play(settings: { seed?: number; injection?: Injection; eventsPerDay?: number } = {}): SessionSource {
  const { injection = {}, ...changed } = settings;
  return new SessionSource(
    { address: 'sample.viewers', definition: { ...sampleSource, ...changed }, injection },
    sampleReference(),
  );
}

function bySession(records: readonly Play[]): Map<string, Play[]> {
  return Map.groupBy(records, ({ session }) => session);
}

const ends = new Set(['QUIT', 'END']);
const followers: Readonly<Record<Play['what'], readonly Play['what'][]>> = {
  PLAY: ['pause', 'QUIT', 'END'],
  pause: ['resume'],
  resume: ['pause', 'QUIT', 'END'],
  QUIT: [],
  END: [],
};

describe('session simulator', () => {
  it('keeps the order of a session: start, (pause, resume)*, stop or complete', () => {
    for (const seed of [1, 2, 3]) {
      const sessions = bySession(playedRecords<Play>(play({ seed }), monday, monday + 24 * hourMs));
      for (const events of sessions.values()) {
        // Sessions that reach over an edge of the day are seen in part: what follows what holds all the same.
        for (const [i, event] of events.slice(1).entries()) {
          const before = events[i];
          assert.ok(event.at > (before?.at ?? 0));
          assert.ok(followers[before?.what ?? 'END'].includes(event.what), `${before?.what}, then ${event.what}`);
        }
      }
      assert.ok([...sessions.values()].some((events) => events.length > 5));
    }
  });

  it('keeps the rules of positions, completion, stalls and quality in every record', () => {
    for (const seed of [4, 5]) {
      for (const record of playedRecords<Play>(play({ seed }), monday, monday + 24 * hourMs)) {
        const { what, progress, work, picture, network, began, at } = record;
        const { second, percent, watched, stalls } = progress;
        if (what === 'PLAY') assert.deepEqual([second, watched, Date.parse(began)], [0, 0, at]);
        if (what === 'END') assert.ok(percent > 95, `complete at ${percent}`);
        const total = Math.min(work.of.seconds, sampleModel.playing.maxSeconds);
        assert.ok(Math.abs(percent - (second / total) * 100) < 0.0051);
        assert.ok(second <= total);
        assert.ok(stalls.n > 0 || stalls.seconds === 0);
        assert.ok(stalls.seconds <= watched && second <= watched);
        const [low, high] = sampleModel.qualities[picture]?.bandwidthMbps ?? [0, 0];
        assert.ok(network.mbps >= low && network.mbps <= high);
        assert.ok((sampleModel.tiers[record.who.plan]?.quality[picture] ?? 0) > 0);
      }
    }
  });

  it('keeps one household, device and title through a session, and positions that never go back', () => {
    for (const events of bySession(playedRecords<Play>(play(), monday, monday + 24 * hourMs)).values()) {
      const same = new Set(events.map(({ who, device, work, began }) => JSON.stringify([who, device, work, began])));
      assert.equal(same.size, 1);
      for (const [i, { progress }] of events.slice(1).entries()) {
        assert.ok(progress.second >= (events[i]?.progress.second ?? 0));
        assert.ok(progress.stalls.n >= (events[i]?.progress.stalls.n ?? 0));
      }
    }
  });

  it('never shows a household on more screens than its tier has, however much it wants to watch', () => {
    for (const eventsPerDay of [6000, 20_000]) {
      const records = playedRecords<Play>(play({ eventsPerDay }), monday, monday + 36 * hourMs);
      const households = Map.groupBy(records, ({ who }) => who.household);
      let most = 0;
      for (const events of households.values()) {
        const screens = sampleModel.tiers[events[0]?.who.plan ?? '']?.screens ?? 0;
        const watching = new Set<string>();
        const devices = new Map<string, string>();
        for (const { session, what, device } of events) {
          if (ends.has(what)) watching.delete(session);
          else watching.add(session);
          most = Math.max(most, watching.size);
          assert.ok(watching.size <= screens, `${watching.size} sessions on ${screens} screens`);
          devices.set(session, device.id);
          const inUse = [...watching].map((each) => devices.get(each));
          assert.equal(new Set(inUse).size, inUse.length, 'two sessions on one device');
        }
      }
      assert.ok(most > 1, 'no two sessions ever met: nothing was tested');
    }
  });

  it('gives every event an id of its own, and every session', () => {
    const records = playedRecords<Play>(play({ eventsPerDay: 20_000 }), monday, monday + 48 * hourMs);
    assert.equal(new Set(records.map(({ id }) => id)).size, records.length);
    const starts = records.filter(({ what }) => what === 'PLAY');
    assert.equal(new Set(starts.map(({ session }) => session)).size, starts.length);
  });

  it('writes the mapping as nested JSON, with labels, constants, prefixes and escaped text', () => {
    const [record] = playedRecords<Play>(play(), monday, monday + hourMs).filter(
      ({ who }) => who.household === 'H00000' || who.town.includes('"'),
    );
    assert.equal(record?.schema, 3);
    assert.equal(record.who.town, 'Ünterstadt "am See"');
    assert.match(record.id, /^p-[0-9a-f]{16}$/);
    assert.match(record.device.app, /^[1-5]\.\d\.\d{1,2}$/);
    assert.match(record.network.ip, /^198\.51\.100\.\d{1,3}$/);
    assert.match(record.network.isp, / Net$/);
    assert.deepEqual(Object.keys(record), Object.keys(sampleSource.fields));
  });

  it('makes as many events a second as asked for, at every hour, when a rate is given', () => {
    const source = new SessionSource(
      { address: 'sample.viewers', definition: sampleSource, rate: 0.2 },
      sampleReference(),
    );
    assert.notEqual(source.name, play().name);
    const records = playedRecords<Play>(source, monday, monday + 24 * hourMs);
    assert.ok(Math.abs(records.length / (0.2 * 86_400) - 1) < 0.1, `${records.length} events`);
    const byHour = Map.groupBy(records, ({ at }) => Math.floor(at / hourMs));
    for (const { length } of byHour.values()) assert.ok(length > 500 && length < 950, `${length} in an hour`);
  });

  it('refuses a mapping of facts that there are not, and demand that the households cannot meet', () => {
    const broken = { ...sampleSource, fields: { a: 'viewer.shoe-size', b: { c: 'event.tme' } } };
    assert.throws(
      () => new SessionSource({ address: 'sample.viewers', definition: broken }, sampleReference()),
      (error: unknown) => isPlayheadError(error, 'PH_CONFIG_INVALID') && /fields\.a.*fields\.b\.c/.test(error.message),
    );
    const [device] = Object.values(sampleModel.devices);
    const devices = Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`screen ${i}`, device ?? assert.fail()]));
    const crowded = { ...sampleSource, model: { ...sampleModel, devices } };
    assert.throws(
      () => new SessionSource({ address: 'sample.viewers', definition: crowded }, sampleReference()),
      (error: unknown) => isPlayheadError(error, 'PH_CONFIG_INVALID') && /devices has 17 kinds/.test(error.message),
    );
    assert.throws(
      () => play({ eventsPerDay: 10_000_000 }),
      (error: unknown) => isPlayheadError(error, 'PH_USAGE'),
    );
  });
});

describe('incidents', () => {
  const window = { fromMs: monday + 10 * hourMs, toMs: monday + 12 * hourMs };
  const within = (fromMs: number, toMs: number, ...incidents: Incident[]): Play[] =>
    playedRecords<Play>(play({ eventsPerDay: 20_000, injection: { incidents } }), fromMs, toMs);
  const share = (records: readonly Play[], of: (record: Play) => boolean): number =>
    records.filter(of).length / Math.max(1, records.length);
  const lasts = (records: readonly Play[]): Play[] => records.filter(({ what }) => ends.has(what));

  it('an outage ends the sessions of that provider at once, with an error, and no others', () => {
    const outage: Incident = { kind: 'isp-outage', ...window, magnitude: 1, where: { isp: 'Freedonia Net' } };
    const hit = within(window.fromMs, window.toMs, outage).filter(({ network }) => network.isp === 'Freedonia Net');
    assert.ok(hit.length > 50);
    assert.equal(
      share(lasts(hit), ({ errors }) => errors > 0),
      1,
    );
    assert.equal(
      share(hit, ({ what }) => what === 'END'),
      0,
    );
    const others = (records: readonly Play[]): Play[] =>
      records.filter(({ network }) => network.isp !== 'Freedonia Net');
    const usual = others(within(window.fromMs, window.toMs));
    assert.deepEqual(
      others(within(window.fromMs, window.toMs, outage)).map(({ id: _, session, device, ...rest }) => rest.at),
      usual.map(({ at }) => at),
    );
  });

  it('a degraded network makes more sessions stall, a bad release makes more fail', () => {
    const { fromMs, toMs } = window;
    const stalled = (...incidents: Incident[]): number =>
      share(lasts(within(fromMs, toMs, ...incidents)), ({ progress }) => progress.stalls.n > 0);
    assert.ok(stalled({ kind: 'cdn-degradation', ...window, magnitude: 3, where: {} }) > stalled() * 1.8);
    const failed = (...incidents: Incident[]): number =>
      share(lasts(within(fromMs, toMs, ...incidents)), ({ errors, device }) => errors > 0 && device.os === 'Orbis');
    assert.ok(failed({ kind: 'bad-release', ...window, magnitude: 0.5, where: { os: 'Orbis' } }) > failed() + 0.15);
  });

  it('a release that turns bad fails nothing before it does', () => {
    const bad: Incident = { kind: 'bad-release', ...window, magnitude: 1, where: {} };
    const earlier = (...incidents: Incident[]): number[] =>
      lasts(within(window.fromMs - 2 * hourMs, window.fromMs, ...incidents)).map(({ errors }) => errors);
    assert.ok(earlier().length > 50);
    assert.deepEqual(earlier(bad), earlier());
  });

  it('a spike multiplies the starts of its country while it lasts', () => {
    const starts = (records: readonly Play[]): number =>
      records.filter(({ what, network }) => what === 'PLAY' && network.isp === 'Sylvania Net').length;
    const spike: Incident = { kind: 'demand-spike', ...window, magnitude: 3, where: { country: 'Sylvania' } };
    const [usual, high] = [
      starts(within(window.fromMs, window.toMs)),
      starts(within(window.fromMs, window.toMs, spike)),
    ];
    assert.ok(high > usual * 2 && high < usual * 4, `${usual} → ${high}`);
  });
});

describe('session ids', () => {
  it('are a permutation: no two sequences share one, and other keys give others', async () => {
    const { idPermutation } = await import('../../../src/source/sessions/id-permutation.ts');
    const one = idPermutation(1, 2);
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(0xffffffff), { minLength: 2, maxLength: 200 }), (sequence) => {
        assert.equal(new Set(sequence.map((n) => one.permute32(n))).size, sequence.length);
        const wide = sequence.map((n) => {
          one.permute64(n >>> 3, n);
          return `${one.high} ${one.low}`;
        });
        assert.equal(new Set(wide).size, sequence.length);
      }),
    );
    const dense = new Set(Array.from({ length: 100_000 }, (_, n) => one.permute32(n)));
    assert.equal(dense.size, 100_000);
    assert.notEqual(idPermutation(2, 2).permute32(5), one.permute32(5));
  });
});
