/** What Playhead asks of a bucket: the least that it needs. docs/services.md lists the same, as a policy. */
export const bucketRights = [
  's3:ListBucket',
  's3:ListBucketVersions',
  's3:ListBucketMultipartUploads',
  's3:GetBucketVersioning',
  's3:GetLifecycleConfiguration',
  's3:PutLifecycleConfiguration',
] as const;

/** And of the objects in it. */
export const objectRights = [
  's3:GetObject',
  's3:PutObject',
  's3:DeleteObject',
  's3:GetObjectVersion',
  's3:DeleteObjectVersion',
  's3:AbortMultipartUpload',
] as const;

export type NeededRight = (typeof bucketRights)[number] | (typeof objectRights)[number];
