import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { systemEffects } from '../../src/base/effects.ts';
import { isPlayheadError } from '../../src/base/errors.ts';
import { commandNotifier } from '../../src/observe/command.ts';
import { openNotifier } from '../../src/observe/open-notifier.ts';
import { webhookNotifier } from '../../src/observe/webhook.ts';
import { notification, notifierConformance } from '../conformance/notifier.ts';
import { openSink } from './sink.ts';

const secret = 'sesame-open';
const unaborted = new AbortController().signal;
const effects = systemEffects({ env: { ...process.env, TOKEN: secret } });

notifierConformance('webhook', async (timeoutMs) => {
  const sink = await openSink();
  const settings = { url: sink.url, headers: { authorization: { env: 'TOKEN' } }, timeoutMs };
  let closed = false;
  const close = async (): Promise<void> => {
    if (!closed) await sink.close();
    closed = true;
  };
  return {
    notifier: webhookNotifier({ backend: 'webhook', ...settings }, effects),
    received: () => sink.received.map(({ message }) => message),
    secret,
    behave: (as) => {
      if (as === 'gone') return close();
      sink.answer({ taken: 204, busy: 503, silent: 0 }[as]);
      return undefined;
    },
    goneCode: 'PH_NOTIFICATION_FAILED',
    close,
  };
});

/** What the program does that takes notifications, by what the suite asks of it. */
const programs = {
  taken: 'cat >> received.ndjson; echo >> received.ndjson',
  busy: 'echo "token $TOKEN was refused" >&2; exit 75',
  silent: 'sleep 60 & sleep 60',
} as const;

notifierConformance('command', async (timeoutMs) => {
  const folder = mkdtempSync(join(tmpdir(), 'playhead-command-'));
  const program = join(folder, 'notify');
  const behave = (as: 'taken' | 'busy' | 'silent' | 'gone'): void => {
    if (as === 'gone') rmSync(program);
    else writeFileSync(program, `#!/bin/sh\ncd '${folder}'\n${programs[as]}\n`);
    if (as !== 'gone') chmodSync(program, 0o700);
  };
  behave('taken');
  return {
    notifier: commandNotifier(
      { backend: 'command', command: [program], env: { TOKEN: { env: 'TOKEN' } }, timeoutMs },
      effects,
    ),
    received: () => {
      const file = join(folder, 'received.ndjson');
      const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
      return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>);
    },
    secret,
    behave,
    goneCode: 'PH_NOTIFICATION_REFUSED',
    close: () => rmSync(folder, { recursive: true }),
  };
});

describe('command', () => {
  it('gives the program what the profile names, and nothing else of ours', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'playhead-command-'));
    const command = ['sh', '-c', `env > '${join(folder, 'env')}'`];
    const env = { ...process.env, TOKEN: secret, OTHER_TOKEN: 'not for you' };
    const settings = { backend: 'command', command, env: { PAGER: { env: 'TOKEN' } } } as const;
    await commandNotifier(settings, systemEffects({ env })).send({ ...notification, rehearsal: true }, unaborted);
    const seen = readFileSync(join(folder, 'env'), 'utf8');
    assert.match(seen, /^PAGER=sesame-open$/m);
    assert.match(seen, /^PLAYHEAD_ALARM=Shop-Errors$/m);
    assert.match(seen, /^PLAYHEAD_REHEARSAL=1$/m);
    assert.ok(!seen.includes('not for you'));
    rmSync(folder, { recursive: true });
  });
});

describe('webhook', () => {
  it('sends its secrets as headers, from a file too, and the id by which a receiver knows a repetition', async () => {
    const sink = await openSink();
    const folder = mkdtempSync(join(tmpdir(), 'playhead-secret-'));
    writeFileSync(join(folder, 'url'), `${sink.url}\n`);
    const settings = {
      backend: 'webhook',
      url: { file: join(folder, 'url') },
      headers: { authorization: { env: 'TOKEN' } },
    } as const;
    await webhookNotifier(settings, effects).send(notification, unaborted);
    assert.equal(sink.received[0]?.headers['authorization'], secret);
    assert.equal(sink.received[0].headers['idempotency-key'], notification.id);
    rmSync(folder, { recursive: true });
    await sink.close();
  });

  it('does not try again what the receiver refuses, nor follow it elsewhere', async () => {
    const [sink, elsewhere] = [await openSink(), await openSink()];
    const notifier = webhookNotifier({ backend: 'webhook', url: sink.url }, effects);
    sink.answer(404);
    await assert.rejects(
      notifier.send(notification, unaborted),
      (error) => isPlayheadError(error, 'PH_NOTIFICATION_REFUSED') && /404/.test(error.message),
    );
    sink.answer(307, { location: elsewhere.url });
    await assert.rejects(notifier.send(notification, unaborted));
    assert.equal(elsewhere.received.length, 0);
    await sink.close();
    await elsewhere.close();
  });

  it('refuses a secret with control characters without repeating it: whoever is given one quotes it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'playhead-secret-'));
    const file = join(folder, 'utf-16');
    writeFileSync(file, Buffer.from(secret, 'utf16le'));
    const notifier = commandNotifier({ backend: 'command', command: ['true'], env: { TOKEN: { file } } }, effects);
    await assert.rejects(
      notifier.send(notification, unaborted),
      (error) => isPlayheadError(error, 'PH_SECRET_MISSING') && !error.message.replaceAll('\0', '').includes(secret),
    );
    rmSync(folder, { recursive: true });
  });

  it('fails where the variable with its secret is not set, by the variable’s name', async () => {
    const notifier = webhookNotifier({ backend: 'webhook', url: { env: 'NOT_SET' } }, effects);
    await assert.rejects(
      notifier.send(notification, unaborted),
      (error) => isPlayheadError(error, 'PH_SECRET_MISSING') && /NOT_SET/.test(error.message),
    );
  });
});

describe('a notifier’s name', () => {
  it('that no backend is bound to is refused with the nearest one', () => {
    const bound = { alerts: { backend: 'command', command: ['true'] } } as const;
    assert.throws(
      () => openNotifier('alert', bound, effects),
      (error) => isPlayheadError(error, 'PH_CONFIG_INVALID') && /Did you mean "alerts"/.test(error.hint ?? ''),
    );
    assert.throws(() => openNotifier('toString', bound, effects), /bound to no backend/);
  });
});
