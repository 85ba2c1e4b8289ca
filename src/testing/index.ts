/** The public entry `playhead/testing`: a pipeline in a test runner, with a clock that the test moves. */
export type { Account } from '../ledger/account.ts';
export type { ExpectedFigures, Row } from './assertions.ts';
export type { PutFault } from './failing-store.ts';
export { openTestPipeline } from './open-test-pipeline.ts';
export type { QuarantinedRecord } from './quarantined.ts';
export type { ScheduledRun, TestClock } from './test-clock.ts';
export type { Produced, ProduceOptions, TestPipeline, TestPipelineSettings } from './test-pipeline.ts';
