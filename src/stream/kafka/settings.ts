import type { SecretReference } from '../../base/secret.ts';

// Nothing of the client's own types: a profile's type refers to these, also where the client is not installed.

/** Kafka's compressions of a record batch. */
export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

/** How a client proves who it is. Secrets stand by reference. */
export type KafkaSasl =
  | {
      readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
      readonly username: string;
      readonly password: SecretReference;
    }
  | { readonly mechanism: 'oauthbearer'; readonly token: SecretReference }
  /** MSK with IAM; credentials from the standard chain of AWS. */
  | { readonly mechanism: 'aws-msk-iam'; readonly region: string };

export interface KafkaTls {
  /** PEM of the authority that signed the brokers' certificates; the machine's own where it is left out. */
  readonly caFile?: string;
  /** PEM of this client's certificate and its key, where brokers ask for one. */
  readonly certFile?: string;
  readonly keyFile?: string;
}

export interface KafkaSettings {
  /** `host:port` of some brokers; the cluster names the others. */
  readonly brokers: readonly string[];
  readonly clientId?: string;
  readonly tls?: KafkaTls;
  readonly sasl?: KafkaSasl;
  /** Of record batches; default zstd. */
  readonly compression?: Compression;
  /** Copies of each partition of a topic that is made; default 3, or as many as the cluster has brokers. */
  readonly replication?: number;
  /** How long a broker that is away is waited for; default 60 s. */
  readonly patienceMs?: number;
}
