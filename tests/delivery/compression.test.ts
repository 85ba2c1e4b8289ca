import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { codecs, defaultLevel } from '../../src/delivery/compression.ts';
import { gzipOf } from '../../src/delivery/gzip.ts';

const bytes = fc.uint8Array({ maxLength: 5000 });

describe('compression', () => {
  for (const [name, codec] of Object.entries(codecs)) {
    it(`${name} unpacks to what was packed`, async () => {
      await fc.assert(
        fc.asyncProperty(bytes, async (raw) => {
          const packed = await codec.pack([raw], defaultLevel);
          assert.deepEqual(Buffer.from(await codec.unpack(packed)), Buffer.from(raw));
        }),
        { numRuns: 20 },
      );
    });

    it(`${name} makes the same bytes of the same records`, async () => {
      const raw = Buffer.from('{"n":1}\n'.repeat(50_000));
      assert.deepEqual(Buffer.from(await codec.pack([raw], 6)), Buffer.from(await codec.pack([raw], 6)));
      assert.deepEqual(Buffer.from(await codec.unpack(await codec.pack([raw], 6))), raw);
    });
  }

  it('gzip is what gzip(1) reads', async () => {
    const packed = await codecs.gzip.pack([Buffer.from('{"n":1}\n')], 1);
    assert.equal(execFileSync('gzip', ['-dc'], { input: packed }).toString(), '{"n":1}\n');
  });

  it('gzip of several pieces is one stream, as small as packed in one go, however its bytes come', async () => {
    const lines = Array.from(
      { length: 12_000 },
      (_, n) => `{"n":${n},"who":"w${(n * 7919) % 1009}","at":${n * 997}}\n`,
    );
    const raw = Buffer.from(lines.join('').repeat(2));
    const whole = await codecs.gzip.pack([raw], 6);
    assert.ok(raw.length > 700_002 && gunzipSync(whole).equals(raw));
    assert.ok(whole.length < gzipSync(raw, { level: 6 }).length * 1.005);
    const parts = [raw.subarray(0, 700_001), raw.subarray(700_001, 700_002), raw.subarray(700_002)];
    assert.deepEqual(Buffer.from(await codecs.gzip.pack(parts, 6)), Buffer.from(whole));
    // As an erasure writes an object anew: what a restore makes of its records must be the same.
    assert.deepEqual(Buffer.concat(await Readable.from(gzipOf(Readable.from(parts), 6)).toArray()), Buffer.from(whole));
  });

  it('Snappy is framed as Hadoop frames it: lengths before and after, big-endian, then raw Snappy', async () => {
    const packed = Buffer.from(await codecs.snappy.pack([Buffer.alloc(300_000, 'x')], 6));
    assert.equal(packed.readUInt32BE(0), 256 * 1024);
    const chunk = packed.readUInt32BE(4);
    assert.equal(packed.readUInt32BE(8 + chunk), 300_000 - 256 * 1024);
    // Raw Snappy begins with the unpacked length as a varint: 262144.
    assert.deepEqual([...packed.subarray(8, 11)], [0x80, 0x80, 0x10]);
  });

  it('Snappy that is cut short is an error', async () => {
    const packed = await codecs.snappy.pack([Buffer.from('{"n":1}\n')], 6);
    await assert.rejects(codecs.snappy.unpack(packed.subarray(0, -2)));
  });
});
