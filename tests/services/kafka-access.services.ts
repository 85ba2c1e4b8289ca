import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { systemEffects } from '../../src/base/effects.ts';
import { openKafkaStream } from '../../src/stream/kafka/open.ts';
import type { KafkaSettings } from '../../src/stream/kafka/settings.ts';
import { type Settings, type SuiteServers, suiteServers } from './servers.ts';

describe('access to Kafka', { timeout: 600_000 }, () => {
  let servers: SuiteServers;
  let at: Settings;
  before(async () => {
    servers = await suiteServers('kafka');
    at = servers.settings('kafka');
  });
  after(() => servers.stop());

  const env = { WRONG: 'not the password' };

  /** Whether the broker lets such a client in; what it may do there is another matter. */
  async function enter(settings: Omit<KafkaSettings, 'brokers'>, brokers: string | undefined): Promise<void> {
    const log = await openKafkaStream({ brokers: [brokers ?? ''], ...settings }, systemEffects({ env }));
    try {
      await log.describe('nothing').catch((error: unknown) => {
        if (!(error instanceof Error) || !/no right to/.test(error.message)) throw error;
      });
    } finally {
      await log.close();
    }
  }

  const user = (mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512') => {
    const { user: username = '', passwordFile = '' } = at;
    return { sasl: { mechanism, username, password: { file: passwordFile } } };
  };

  it('is had by each SASL mechanism, over plain connections and TLS', async () => {
    const tls = { caFile: at['caFile'] ?? '' };
    for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512'] as const) {
      await enter(user(mechanism), at['saslBrokers']);
      await enter({ ...user(mechanism), tls }, at['saslTlsBrokers']);
    }
    const token = { file: at['tokenFile'] ?? '' };
    await enter({ sasl: { mechanism: 'oauthbearer', token } }, at['saslBrokers']);
    await enter({ tls }, at['tlsBrokers']);
  });

  it('is refused with what is wrong and what to do', async () => {
    const wrong = { env: 'WRONG' };
    const refusals: readonly [string, Omit<KafkaSettings, 'brokers'>, string | undefined, RegExp][] = [
      [
        'a wrong password',
        { sasl: { mechanism: 'plain', username: 'x', password: wrong } },
        at['saslBrokers'],
        /refuses the credentials/,
      ],
      [
        'a wrong password, SCRAM',
        { sasl: { mechanism: 'scram-sha-512', username: 'x', password: wrong } },
        at['saslBrokers'],
        /refuses the credentials/,
      ],
      ['no SASL where it is asked for', {}, at['saslBrokers'], /closes the connection without an answer/],
      ['SASL where there is none', user('plain'), at['brokers'], /does not go along with SASL/],
      ['TLS where there is none', { tls: {} }, at['brokers'], /does not speak TLS/],
      ['no TLS where it is spoken', {}, at['tlsBrokers'], /speaks TLS on this port/],
      ['an unknown authority', { tls: {} }, at['tlsBrokers'], /certificate/],
    ];
    for (const [name, settings, brokers, message] of refusals)
      await assert.rejects(enter(settings, brokers), { code: 'PH_ACCESS_REFUSED', message }, name);
  });

  it('of a user without rights ends with the right that is missing', async () => {
    const { saslBrokers = '', guest = '', guestPasswordFile = '' } = at;
    const sasl = { mechanism: 'plain', username: guest, password: { file: guestPasswordFile } } as const;
    const log = await openKafkaStream({ brokers: [saslBrokers], sasl }, systemEffects());
    await assert.rejects(log.ensureTopic({ topic: 'x', partitions: 1, retentionMs: 1000, cleanup: 'delete' }), {
      code: 'PH_ACCESS_REFUSED',
      hint: /kafka-acls --add/,
    });
    await log.close();
  });

  it('to an address where nothing is fails soon, by name', async () => {
    await assert.rejects(enter({}, 'no.such.host.invalid:9092'), {
      code: 'PH_STREAM_FAILED',
      message: /no host of that name/,
    });
    await assert.rejects(enter({}, '127.0.0.1:1'), { code: 'PH_STREAM_FAILED', message: /nothing listens there/ });
  });

  it('wants secrets where the profile says that they are', async () => {
    const sasl = { mechanism: 'plain', username: 'x', password: { env: 'NOT_SET' } } as const;
    await assert.rejects(enter({ sasl }, at['saslBrokers']), {
      code: 'PH_SECRET_MISSING',
      message: /NOT_SET is not set/,
    });
    await assert.rejects(enter({ tls: { caFile: 'no-such.pem' } }, at['tlsBrokers']), { code: 'PH_SECRET_MISSING' });
  });
});
