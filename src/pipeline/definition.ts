import type { CrawlerDefinition, TableDefinition } from '../catalog/definition.ts';
import type { DeliveryDefinition } from '../delivery/definition.ts';
import type { LifecycleDefinition } from '../govern/lifecycle.ts';
import type { DetectorDefinition } from '../insight/definition.ts';
import type { ReportDefinition } from '../insight/report/definition.ts';
import type { AlarmDefinition, MetricDefinition } from '../observe/definition.ts';
import type { ScheduleDefinition, TriggerDefinition } from '../orchestrate/definition.ts';
import type { NamedQueryDefinition, WorkgroupDefinition } from '../query/definition.ts';
import type { SourceDefinition } from '../source/definition.ts';
import type { GatewayDefinition } from '../source/gateway.ts';
import type { StreamDefinition } from '../stream/definition.ts';
import type { JobDefinition } from '../transform/definition.ts';

/** A pipeline is pure data: it names no backend, and can be compared and written out as JSON. */
export interface PipelineDefinition {
  readonly name: string;
  readonly streams: Readonly<Record<string, StreamDefinition>>;
  readonly sources: Readonly<Record<string, SourceDefinition>>;
  readonly gateways: Readonly<Record<string, GatewayDefinition>>;
  readonly tables: Readonly<Record<string, TableDefinition>>;
  readonly deliveries: Readonly<Record<string, DeliveryDefinition>>;
  readonly crawlers: Readonly<Record<string, CrawlerDefinition>>;
  readonly jobs: Readonly<Record<string, JobDefinition>>;
  readonly workgroups: Readonly<Record<string, WorkgroupDefinition>>;
  readonly queries: Readonly<Record<string, NamedQueryDefinition>>;
  readonly schedules: Readonly<Record<string, ScheduleDefinition>>;
  readonly triggers: Readonly<Record<string, TriggerDefinition>>;
  readonly metrics: Readonly<Record<string, MetricDefinition>>;
  readonly alarms: Readonly<Record<string, AlarmDefinition>>;
  readonly lifecycle: Readonly<Record<string, LifecycleDefinition>>;
  readonly detectors: Readonly<Record<string, DetectorDefinition>>;
  readonly reports: Readonly<Record<string, ReportDefinition>>;
}

export type Sections = Partial<Omit<PipelineDefinition, 'name'>>;

/** Composes what the rooms' builders made. Checked as a whole on load, by `validatePipeline`, not here. */
export function definePipeline(name: string, sections: Sections): PipelineDefinition {
  return {
    name,
    streams: {},
    sources: {},
    gateways: {},
    tables: {},
    deliveries: {},
    crawlers: {},
    jobs: {},
    workgroups: {},
    queries: {},
    schedules: {},
    triggers: {},
    metrics: {},
    alarms: {},
    lifecycle: {},
    detectors: {},
    reports: {},
    ...sections,
  };
}
