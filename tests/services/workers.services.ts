import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type SharedServers, sharedServers } from './shared-delivery.ts';

describe('workers that share a delivery from Kafka to S3', { timeout: 2_400_000 }, () => {
  let servers: SharedServers;
  before(async () => {
    servers = await sharedServers();
  });
  after(() => servers.stop());

  for (const seed of [1, 2, 3, 4, 5])
    it(`lose and double nothing, whoever of them, broker or store is killed: seed ${seed}`, () => servers.round(seed));

  it('come to no harm by one that stood still past its lease', () => servers.zombie('delivery.committing'));

  it('are found out where no condition holds for what such a one commits', () =>
    assert.rejects(servers.zombie('delivery.committing', 'commit'), /does not stay as it was written first/));

  it('are found out where no condition holds for the lease of such a one', () =>
    assert.rejects(servers.zombie('delivery.planning', 'lease'), /was held twice/));
});
