import { systemEffects } from '../../src/base/effects.ts';
import { openKafkaStream } from '../../src/stream/kafka/open.ts';
import { streamConformance } from '../conformance/stream.ts';
import { suiteServers } from './servers.ts';

streamConformance('Kafka', async () => {
  const servers = await suiteServers('kafka');
  const { brokers = '' } = servers.settings('kafka');
  return {
    open: () => openKafkaStream({ brokers: brokers.split(',') }, systemEffects()),
    remove: () => servers.stop(),
  };
});
