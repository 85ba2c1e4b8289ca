import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Admin } from '@platformatic/kafka';
import { allow } from '../../services/kafka/access.ts';
import { type Answer, openTerminal } from '../cli/terminal.ts';
import { type SuiteServers, suiteServers } from './servers.ts';
import { byTrial, writeTrialProfile, writeTrialProject } from './trial-project.ts';

const tickMs = 50;

describe('the doctor of a log on Kafka', { timeout: 600_000 }, () => {
  let servers: SuiteServers;
  let folder: string;
  before(async () => {
    servers = await suiteServers('kafka');
    folder = mkdtempSync(join(tmpdir(), 'playhead-doctor-'));
    writeTrialProject(folder);
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await servers.stop();
  });

  const setting = (key: string): string => servers.settings('kafka')[key] ?? '';
  const run = async (words: readonly string[], stream: Readonly<Record<string, unknown>>): Promise<Answer> => {
    const settings = { backend: 'kafka', brokers: [setting('saslTlsBrokers')], tls: { caFile: setting('caFile') } };
    writeTrialProfile(folder, { stream: { ...settings, ...stream } });
    const terminal = openTerminal(folder);
    // What is tried again waits by this clock.
    const ticking = setInterval(() => void terminal.clock.advance(tickMs), tickMs);
    return terminal.run([...words, ...byTrial]).finally(() => clearInterval(ticking));
  };
  const doctor = (stream: Readonly<Record<string, unknown>>): Promise<Answer> => run(['doctor'], stream);
  const as = (username: string, file: string, mechanism = 'scram-sha-512') => ({
    sasl: { mechanism, username, password: { file: setting(file) } },
  });
  const user = () => as('playhead', 'passwordFile');
  const guest = () => as('guest', 'guestPasswordFile');

  it('says of one without any right that topics can’t be made, before anything else', async () => {
    const { exitCode, out } = await doctor(guest());
    assert.equal(exitCode, 4);
    assert.match(out, /first silent link: these credentials lack Describe, Read, Write, Delete on the topic plays$/m);
    assert.match(out, /^\s+and Describe, Write on the transactional ids playhead-\*$/m);
    assert.doesNotMatch(out, /plays\.curated/);
  });

  it('finds that the documented rights are enough, before there is a topic and after', async () => {
    assert.match(
      (await doctor(user())).out,
      /✓ topic +plays\.records +every right is there; plays is made by the first/,
    );
    const line = '{"play_id":"p1","played_at":"2025-08-11T11:01:00Z","seconds":1}';
    writeFileSync(join(folder, 'one.ndjson'), `${line}\n`);
    const produced = await run(['produce', 'records', '--file', 'one.ndjson'], user());
    assert.equal(produced.exitCode, 0, produced.err);
    assert.match((await doctor(user())).out, /✓ topic +plays\.records +every right is there; 2 partitions/);
  });

  it('names each right that is lacking', async () => {
    await allow(setting('brokers'), 'guest', ['Write', 'DescribeConfigs', 'AlterConfigs']);
    const { exitCode, out } = await doctor(guest());
    assert.equal(exitCode, 4);
    const lacking = out.split('\n').flatMap((line) => /(?:✗.* lack|^ +and) (.*)$/.exec(line)?.[1] ?? []);
    assert.deepEqual(lacking, [
      'DescribeConfigs, AlterConfigs, Write on the topic plays',
      'Write on the topic plays.sources',
      'Write on the transactional ids playhead-*',
    ]);
  });

  it('says that a topic has other partitions than are defined', async () => {
    const admin = new Admin({ clientId: 'test', bootstrapBrokers: [setting('brokers')] });
    await admin.deleteTopics({ topics: ['plays'] });
    await admin.createTopics({ topics: ['plays'], partitions: 1, replicas: 1 });
    await admin.close();
    const { exitCode, out } = await doctor(user());
    assert.equal(exitCode, 4);
    assert.match(out, /plays has 1 partition, the definition says 2\n {2}→ define as many as the topic has/);
  });

  it('lets every mechanism in, and says what is wrong where one is not let in', async () => {
    const well = [
      as('playhead', 'passwordFile', 'plain'),
      as('playhead', 'passwordFile', 'scram-sha-256'),
      { sasl: { mechanism: 'oauthbearer', token: { file: setting('tokenFile') } } },
    ];
    for (const stream of well) assert.match((await doctor(stream)).out, /plays has 1 partition,/);
    const plain = { tls: undefined, brokers: [setting('brokers')] };
    const cases: readonly (readonly [Readonly<Record<string, unknown>>, RegExp])[] = [
      [as('playhead', 'guestPasswordFile'), /refuses the credentials/],
      [{ ...user(), tls: {} }, /certificate/],
      [{ ...user(), ...plain }, /takes no SASL|SASL/],
      [{ brokers: ['127.0.0.1:1'], patienceMs: 0 }, /nothing listens there/],
    ];
    for (const [stream, finding] of cases) {
      const { exitCode, out } = await doctor(stream);
      assert.equal(exitCode, 4);
      assert.match(out, finding);
    }
  });
});
