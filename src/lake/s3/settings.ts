/** A file as the AWS tools keep it, and the profile in it. */
export interface CredentialsFile {
  readonly file: string;
  readonly profile?: string;
}

/** How objects are encrypted by the store itself. */
export type S3Encryption = { readonly kind: 's3' } | { readonly kind: 'kms'; readonly keyId?: string };

export interface S3Settings {
  readonly bucket: string;
  /** Every key lies under it; empty, or ending in a slash. */
  readonly prefix?: string;
  readonly region: string;
  /** Another store than AWS's. */
  readonly endpoint?: string;
  /** `http://host/bucket` in place of `http://bucket.host`. */
  readonly pathStyle?: boolean;
  /** Without it, the standard chain of the AWS tools: environment, files, web identity. */
  readonly credentials?: CredentialsFile;
  readonly encryption?: S3Encryption;
  /** Attempts of a request, the first included; default 8: a store may be away for some seconds. */
  readonly attempts?: number;
  /** Without a byte from the store for so long, a request is tried again; default 30 s. */
  readonly timeoutMs?: number;
}
