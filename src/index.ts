/** What a definition is made of: the public entry `playhead`. Light to load: no engine comes with it. */
export {
  bytes,
  days,
  gibibytes,
  hours,
  kibibytes,
  mebibytes,
  milliseconds,
  minutes,
  seconds,
} from './base/units.ts';
export { crawler, table } from './catalog/definition.ts';
export { delivery, json, parquet } from './delivery/definition.ts';
export { lifecycle } from './govern/lifecycle.ts';
export { countOf, detector, ratioOf } from './insight/definition.ts';
export { panel, report } from './insight/report/definition.ts';
export { alarm, metric } from './observe/definition.ts';
export { cron, every, onCreated, run } from './orchestrate/definition.ts';
export { defineConfig } from './pipeline/config/define-config.ts';
export { namedQueries, sqlFile } from './pipeline/config/sql-file.ts';
export type { StandIn, StartStandIn } from './pipeline/config/stand-in.ts';
export { definePipeline } from './pipeline/definition.ts';
export { check } from './quality/definition.ts';
export { workgroup } from './query/definition.ts';
export { defineRecord } from './record/define-record.ts';
export { field } from './record/field.ts';
export type { Infer } from './record/infer.ts';
export { seedTable, sessions } from './source/definition.ts';
export { gateway } from './source/gateway.ts';
export { restSource } from './source/rest/definition.ts';
export type { FieldMapping } from './source/sessions/fields.ts';
export type { SessionModel } from './source/sessions/model.ts';
export { stream } from './stream/definition.ts';
export { byDay, byHour, byPartition, sqlJob } from './transform/definition.ts';
