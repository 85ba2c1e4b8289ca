import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openTerminal, type Terminal } from './terminal.ts';

const pipelineText = `
  import { defineRecord, definePipeline, field, gateway, stream } from 'playhead';
  const play = defineRecord('play', { fields: { play_id: field.string() } });
  export const plays = definePipeline('plays', {
    streams: { records: stream({ topic: 'plays', record: play, key: 'play_id' }) },
    gateways: { door: gateway({ into: 'records' }) },
  });
`;
const configText = `
  import { defineConfig } from 'playhead';
  import { plays } from './plays.ts';
  export const config = defineConfig({ pipelines: [plays] });
`;

describe('playhead serve', () => {
  let folder: string;
  let terminal: Terminal;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'playhead-serve-'));
    writeFileSync(join(folder, 'plays.ts'), pipelineText);
    writeFileSync(join(folder, 'playhead.config.ts'), configText);
    terminal = openTerminal(folder);
  });
  after(() => rmSync(folder, { recursive: true }));

  it('takes records from who has a key, until it is stopped; keys are shown once, listed and revoked', async () => {
    const document = await terminal.json<{ paths: object }>(['serve', '--openapi']);
    assert.ok('/v1/streams/plays.records/records' in document.paths);
    const wrong = await terminal.run(['keys', 'issue', 'web', '--scope', 'read']);
    assert.deepEqual([wrong.exitCode, /PH_USAGE/.test(wrong.err)], [2, true]);
    const { token, id } = await terminal.json<{ token: string; id: string }>([
      'keys',
      'issue',
      'web',
      '--scope',
      'write:*',
    ]);
    const stop = new AbortController();
    const told = Promise.withResolvers<string>();
    let err = '';
    const serving = terminal.run(['serve', '--port', '0'], {
      signal: stop.signal,
      onErr: (text) => {
        err += text;
        const url = /POST (\S+)\n.*GET/s.exec(err)?.[1];
        if (url !== undefined) told.resolve(url);
      },
    });
    const failed = serving.then(({ err: said }) => Promise.reject(new Error(said)));
    const url = await Promise.race([told.promise, failed]);
    failed.catch(() => undefined);
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/v1\/streams\/plays\.records\/records$/);
    const send = async (): Promise<number> => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      return (await fetch(url, { method: 'POST', headers, body: '[{"play_id":"a"}]' })).status;
    };
    assert.equal(await send(), 200);
    assert.equal((await terminal.run(['keys', 'revoke', id])).exitCode, 0);
    assert.equal(await send(), 401, 'a key that another process revoked');
    stop.abort();
    assert.equal((await serving).exitCode, 0);
    await assert.rejects(fetch(url));
    const { out } = await terminal.run(['keys', 'issued']);
    assert.match(out, new RegExp(`${id}\\s+web\\s+write:\\*`));
    assert.ok(!out.includes(token));
  });
});
