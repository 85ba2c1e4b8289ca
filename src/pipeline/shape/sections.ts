/** The sections of a pipeline, and the kind of what stands in each. */
export const sectionKinds = {
  streams: 'stream',
  sources: 'source',
  gateways: 'gateway',
  tables: 'table',
  deliveries: 'delivery',
  crawlers: 'crawler',
  jobs: 'job',
  workgroups: 'workgroup',
  queries: 'query',
  schedules: 'schedule',
  triggers: 'trigger',
  metrics: 'metric',
  alarms: 'alarm',
  lifecycle: 'lifecycle',
  detectors: 'detector',
  reports: 'report',
} as const;

export type Section = keyof typeof sectionKinds;
export type Kind = (typeof sectionKinds)[Section];

/** Names of pipelines and of what is in them: they stand in addresses, folder names and commit series. */
export const namePattern = /^[a-z][a-z0-9]*([-_][a-z0-9]+)*$/;
