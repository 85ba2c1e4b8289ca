import { totalmem } from 'node:os';
import type { Effects } from '../../base/effects.ts';
import { PlayheadError } from '../../base/errors.ts';
import { memoryBudget } from '../../base/memory-budget.ts';
import type { Instrumentation } from '../../observe/instrument.ts';
import type { Stream } from '../../stream/stream.ts';
import type { OpenHome } from './home.ts';
import type { HomeKeys } from './home-keys.ts';
import { mustListen } from './must-listen.ts';
import type { Profile } from './profile.ts';

/** The log, whose appends share the memory that the budget gives to batches. */
export async function openBoundedStream(
  home: OpenHome,
  profile: Profile,
  measured: Instrumentation,
  keys: HomeKeys,
  effects: Effects,
): Promise<Stream> {
  const { boundedAppends } = await import('../../stream/bounded-appends.ts');
  const stream = await openLog(home, profile, keys, effects);
  return boundedAppends(stream, memoryBudget(totalmem()).batches, measured.memoryAsked);
}

async function openLog(
  { root, log, access }: OpenHome,
  profile: Profile,
  { ring }: HomeKeys,
  effects: Effects,
): Promise<Stream> {
  const { findErasedIds } = await import('../../govern/erase/erased-people.ts');
  const erasedIds = findErasedIds(root, effects);
  if (profile.stream.backend === 'embedded') {
    const { openEmbeddedStream } = await import('../../stream/embedded/open.ts');
    return openEmbeddedStream(log, effects, { access, ring, erasedIds });
  }
  if (ring !== undefined)
    throw new PlayheadError('PH_CONFIG_INVALID', 'a log on Kafka is not encrypted by a key of the home', {
      hint: "Leave out the profile's encryption: the disks of the brokers are encrypted by whoever runs them.",
    });
  await mustListen('stream', profile);
  const { openKafkaStream } = await import('../../stream/kafka/open.ts');
  return openKafkaStream(profile.stream, effects, { erasedIds });
}
