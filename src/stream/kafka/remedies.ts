import type { ErrorCode } from '../../base/errors.ts';

/** One failure at the bottom of what the client throws: it wraps them in lists and causes. */
export interface Leaf {
  /** Kafka's name of an error that a broker answered. */
  readonly protocol?: string;
  /** Of the client's or of Node's. */
  readonly code: string;
  readonly message: string;
  readonly canRetry: boolean;
}

export interface Remedy {
  readonly code: ErrorCode;
  readonly what: string;
  readonly hint?: string;
}

const credentials = 'Correct stream.sasl in the profile: its mechanism, its username, and what its secret refers to.';

/** What brokers answer, and what a person can do about it. */
const protocolRemedies: Readonly<Record<string, Remedy>> = {
  SASL_AUTHENTICATION_FAILED: {
    code: 'PH_ACCESS_REFUSED',
    what: 'the broker refuses the credentials',
    hint: credentials,
  },
  UNSUPPORTED_SASL_MECHANISM: {
    code: 'PH_ACCESS_REFUSED',
    what: 'the broker does not take this SASL mechanism on this port',
    hint: credentials,
  },
  ILLEGAL_SASL_STATE: {
    code: 'PH_ACCESS_REFUSED',
    what: 'the broker does not go along with SASL: it takes none on this port, or not such a token',
    hint: 'Leave stream.sasl out of the profile, name the port of the SASL listener in stream.brokers, or mend the token.',
  },
  TOPIC_AUTHORIZATION_FAILED: rights('the topic', 'Describe, Read, Write, Create and DescribeConfigs on Topic'),
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: rights(
    'the transactional id',
    'Describe and Write on TransactionalId playhead-*',
  ),
  CLUSTER_AUTHORIZATION_FAILED: rights('the cluster', 'Create and IdempotentWrite on Cluster'),
  MESSAGE_TOO_LARGE: {
    code: 'PH_RECORD_TOO_LARGE',
    what: 'a batch is larger than the topic takes',
    hint: "Raise the topic's max.message.bytes (kafka-configs --alter), or send what is large as an object and its name here.",
  },
  RECORD_LIST_TOO_LARGE: {
    code: 'PH_RECORD_TOO_LARGE',
    what: 'a batch is larger than a segment of the topic',
    hint: "Raise the topic's segment.bytes.",
  },
  UNSUPPORTED_VERSION: {
    code: 'PH_STREAM_FAILED',
    what: 'the broker is too old to know this request',
    hint: 'Playhead needs Kafka 3.6 or newer.',
  },
  POLICY_VIOLATION: { code: 'PH_ACCESS_REFUSED', what: "the cluster's policy refuses it" },
  INVALID_REPLICATION_FACTOR: {
    code: 'PH_CONFIG_INVALID',
    what: 'the cluster has fewer brokers than stream.replication asks for',
  },
  NOT_ENOUGH_REPLICAS: {
    code: 'PH_STREAM_FAILED',
    what: 'fewer replicas are in sync than min.insync.replicas asks for',
    hint: 'Nothing is taken until a broker is back.',
  },
};

function rights(of: string, needed: string): Remedy {
  return {
    code: 'PH_ACCESS_REFUSED',
    what: `the user has no right to ${of}`,
    hint: `It needs ${needed}: kafka-acls --add --allow-principal User:NAME …`,
  };
}

/** What the network says, by Node's code. */
const networkRemedies: Readonly<Record<string, Remedy>> = {
  ENOTFOUND: {
    code: 'PH_STREAM_FAILED',
    what: 'there is no host of that name',
    hint: 'Correct stream.brokers in the profile.',
  },
  EAI_AGAIN: { code: 'PH_STREAM_FAILED', what: "the host's name can't be looked up" },
  ECONNREFUSED: {
    code: 'PH_STREAM_FAILED',
    what: 'nothing listens there',
    hint: 'Start the broker, or correct stream.brokers in the profile.',
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: certificate("the broker's certificate is self-signed"),
  SELF_SIGNED_CERT_IN_CHAIN: certificate("the broker's certificate is self-signed"),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: certificate("the authority of the broker's certificate is not known"),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: certificate("the authority of the broker's certificate is not known"),
  CERT_HAS_EXPIRED: { code: 'PH_ACCESS_REFUSED', what: "the broker's certificate has expired" },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    code: 'PH_ACCESS_REFUSED',
    what: "the broker's certificate is for another host",
    hint: 'Name the brokers in stream.brokers as their certificate does.',
  },
};

function certificate(what: string): Remedy {
  return {
    code: 'PH_ACCESS_REFUSED',
    what,
    hint: 'Set stream.tls.caFile in the profile to a file with the certificate that signed it.',
  };
}

const plainOnTls: Remedy = {
  code: 'PH_ACCESS_REFUSED',
  what: 'the broker speaks TLS on this port',
  hint: 'Set stream.tls in the profile: {} where a public authority signed its certificate, { caFile } else.',
};

const tlsOnPlain: Remedy = {
  code: 'PH_ACCESS_REFUSED',
  what: 'the broker does not speak TLS on this port',
  hint: 'Leave stream.tls out of the profile, or name the port of the TLS listener in stream.brokers.',
};

/** What a failure means; undefined where its own words are all that is known. */
export function remedyOf({ protocol, code, message }: Leaf): Remedy | undefined {
  if (message.includes('Broker requires TLS')) return plainOnTls;
  if (message.includes('secure TLS connection was established') || code === 'ERR_SSL_WRONG_VERSION_NUMBER')
    return tlsOnPlain;
  if (code === 'PLT_KFK_AUTHENTICATION' || message.includes('authentication failed'))
    return { code: 'PH_ACCESS_REFUSED', what: `the broker refuses the credentials: ${message}`, hint: credentials };
  return protocol === undefined ? networkRemedies[code] : protocolRemedies[protocol];
}

/** Where no request was ever answered. */
export const mute: Remedy = {
  code: 'PH_ACCESS_REFUSED',
  what: 'the broker closes the connection without an answer',
  hint: 'Its port may ask for SASL or TLS: set stream.sasl and stream.tls in the profile, or name another port in stream.brokers.',
};
