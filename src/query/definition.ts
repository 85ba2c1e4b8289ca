import { unknownSettings } from '../base/unknown-settings.ts';

export interface WorkgroupDefinition {
  readonly kind: 'workgroup';
  /** Bytes one query may scan; over it, the query is refused before it starts. */
  readonly scanLimitBytes?: number;
  /** Prefix in the lake that keeps the result of each query; without it none is kept. */
  readonly results?: string;
}

export function workgroup(settings: { scanLimit?: number; results?: string } = {}): WorkgroupDefinition {
  return {
    kind: 'workgroup',
    ...(settings.scanLimit === undefined ? {} : { scanLimitBytes: settings.scanLimit }),
    ...(settings.results === undefined ? {} : { results: settings.results }),
    ...unknownSettings(settings, ['scanLimit', 'results']),
  };
}

export interface NamedQueryDefinition {
  readonly kind: 'query';
  /** As users know it: `Overall-Top-Streaming-States`. */
  readonly title: string;
  readonly description: string;
  readonly database?: string;
  readonly workgroup?: string;
  /** Athena's dialect. */
  readonly sql: string;
  readonly sqlPath: string;
}
