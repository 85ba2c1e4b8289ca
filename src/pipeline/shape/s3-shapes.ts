import { flag, isObject, matching, object, oneOf, optional, type Shape, text, wholeNumber } from './shape.ts';

const endpoint: Shape = (value, path, report) => {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) report({ path, message: 'expected an http or https address' });
  else if (url.username !== '' || url.password !== '')
    report({ path, message: 'holds credentials: name a file of them in lake.credentials' });
};

const encryption: Shape = (value, path, report) => {
  const kms = isObject(value) && value['kind'] === 'kms';
  object({ kind: oneOf('s3', 'kms'), ...(kms ? { keyId: optional(text) } : {}) })(value, path, report);
};

/** The settings of a lake on S3. Secrets stand in a file or in the environment, never here. */
export const s3Shapes: Readonly<Record<string, Shape>> = {
  bucket: matching(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'the name of a bucket'),
  prefix: optional(matching(/^([^/]+\/)+$/, 'a prefix that ends in a slash')),
  region: text,
  endpoint: optional(endpoint),
  pathStyle: optional(flag),
  credentials: optional(object({ file: text, profile: optional(text) })),
  encryption: optional(encryption),
  attempts: optional(wholeNumber({ min: 1, max: 100 })),
  timeoutMs: optional(wholeNumber({ min: 100 })),
  cacheBytes: optional(wholeNumber({ min: 64 * 1024 ** 2 })),
};
