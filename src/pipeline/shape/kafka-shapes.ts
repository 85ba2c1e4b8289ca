import { secret } from './secret.ts';
import { list, matching, object, oneOf, optional, type Shape, text, variant, wholeNumber } from './shape.ts';

const named = { username: text, password: secret };

const sasl = variant('mechanism', {
  plain: object({ mechanism: text, ...named }),
  'scram-sha-256': object({ mechanism: text, ...named }),
  'scram-sha-512': object({ mechanism: text, ...named }),
  oauthbearer: object({ mechanism: text, token: secret }),
  'aws-msk-iam': object({ mechanism: text, region: text }),
});

/** The settings of a stream on Kafka. */
export const kafkaShapes: Readonly<Record<string, Shape>> = {
  brokers: list(matching(/^[^\s:/]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$/, 'host:port of a broker'), 1),
  clientId: optional(text),
  tls: optional(object({ caFile: optional(text), certFile: optional(text), keyFile: optional(text) })),
  sasl: optional(sasl),
  compression: optional(oneOf('none', 'gzip', 'snappy', 'lz4', 'zstd')),
  replication: optional(wholeNumber({ min: 1, max: 32 })),
  patienceMs: optional(wholeNumber({ min: 0 })),
};
