import type * as Sdk from '@platformatic/kafka';
import { PlayheadError } from '../../base/errors.ts';

export type KafkaSdk = typeof Sdk;

/** The library is loaded where a profile asks for Kafka, and nowhere else. */
export async function loadKafkaSdk(): Promise<KafkaSdk> {
  try {
    return await import('@platformatic/kafka');
  } catch (cause) {
    throw new PlayheadError(
      'PH_DEPENDENCY_MISSING',
      'the profile binds the stream to Kafka, and its client is not installed',
      { hint: 'npm install @platformatic/kafka@2 (it needs Node 22.22 or 24.6 and newer)', cause },
    );
  }
}
