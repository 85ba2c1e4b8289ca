import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { openTerminal, type Terminal } from './terminal.ts';

/** What the page on gateways has its readers type beside a server. */
function documentedCommands(): string {
  const text = readFileSync(join(import.meta.dirname, '../../docs/gateway.md'), 'utf8');
  const [, block = ''] = [...text.matchAll(/```sh\n(.*?)```/gs)].map(([, commands]) => commands);
  return block;
}

/** A server of all gateways that come with Playhead, until `end`. */
async function serving(
  terminal: Terminal,
): Promise<{ readonly url: string; readonly metrics: string; end(): Promise<number> }> {
  const stop = new AbortController();
  const told = Promise.withResolvers<{ readonly url: string; readonly metrics: string }>();
  let err = '';
  const onErr = (text: string): void => {
    err += text;
    const [, url, metrics] =
      /POST (\S+)\/v1\/streams\/tally\.events\/records\n.*GET +(\S+\/metrics)\n/s.exec(err) ?? [];
    if (url !== undefined && metrics !== undefined) told.resolve({ url, metrics });
  };
  const running = terminal.run(['serve', '--port', '0', '--metrics-port', '0'], { signal: stop.signal, onErr });
  const failed = running.then(({ err: said }) => Promise.reject(new Error(said)));
  failed.catch(() => undefined);
  const addresses = await Promise.race([told.promise, failed]);
  return {
    ...addresses,
    end: async () => {
      stop.abort();
      return (await running).exitCode;
    },
  };
}

describe('playhead serve', () => {
  let folder: string;
  let terminal: Terminal;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'playhead-serve-'));
    terminal = openTerminal(folder);
  });
  after(() => rmSync(folder, { recursive: true }));

  it('exports its document without a home, and issues no key without a scope', async () => {
    const { out } = await terminal.run(['serve', '--openapi']);
    const document = JSON.parse(out) as { paths: Record<string, { post: { responses: object } }> };
    const responses = document.paths['/v1/streams/tally.events/records']?.post.responses ?? {};
    assert.ok('500' in responses && '507' in responses);
    assert.equal((await terminal.run(['keys', 'issue', 'web', '--scope', 'read'])).exitCode, 2);
    const mistyped = await terminal.run(['keys', 'issue', 'web', '--scope', 'write:tally.event']);
    assert.deepEqual([mistyped.exitCode, /Did you mean "write:tally.events"/.test(mistyped.err)], [2, true]);
    assert.equal((await terminal.run(['serve', '--cert', 'chain.pem'])).exitCode, 2);
  });

  const hasCurl = spawnSync('curl', ['--version']).status === 0;
  it('takes records as its page shows, until it is stopped; keys are shown once, listed and revoked', {
    skip: hasCurl ? false : 'there is no curl here',
  }, async (test) => {
    const issue = ['keys', 'issue', 'web', '--scope', 'write:tally.events'];
    const { token, id } = await terminal.json<{ token: string; id: string }>(issue);
    const server = await serving(terminal);
    test.after(() => server.end());
    const script = documentedCommands().replace('http://127.0.0.1:8080', server.url).replace('phk_…', token);
    const shell = (commands: string) => promisify(execFile)('sh', ['-e', '-c', commands], { cwd: folder });
    const { stdout } = await shell(script);
    assert.match(
      stdout,
      /^\{"accepted":1,"refused":1,"records":\[\{"partition":1,"position":"0"\},\{"issues":\[\{"path":"event_type",/,
    );
    assert.match(stdout, /"position":"1".*\{"status":"ready"\}$/s);
    const again = await shell(script);
    assert.match(again.stdout, /"position":"2".*"position":"1"/s, 'the one with an Idempotency-Key stays where it is');
    assert.equal((await terminal.run(['keys', 'revoke', id])).exitCode, 0);
    assert.match((await shell(script)).stdout, /PH_API_KEY_INVALID/, 'revoked by another process');
    const metrics = await (await fetch(server.metrics)).text();
    assert.match(metrics, /playhead_gateway_accepted_total\{address="tally\.events-gateway"[^}]*\} 4\n/);
    assert.match(metrics, /playhead_gateway_reasons_total\{reason="tally\.events-gateway\/not_one_of"[^}]*\} 4\n/);
    assert.equal(await server.end(), 0);
    const metric = await terminal.run(['metrics', 'tally.events-accepted', '--period', '60', '--json']);
    assert.match(metric.out, /"sum":4\b/i, 'what was measured is kept');
    await assert.rejects(fetch(server.url));
    const { out } = await terminal.run(['keys', 'issued']);
    assert.match(out, new RegExp(`${id}\\s+web\\s.*write:tally\\.events`));
    assert.ok(!out.includes(token));
  });
});
