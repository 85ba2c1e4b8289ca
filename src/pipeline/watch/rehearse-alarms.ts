import { join } from 'node:path';
import { openAlarmStore, type Rehearsal } from '../../observe/alarm-store.ts';
import type { BoundAlarm } from '../../observe/evaluate-alarms.ts';
import { openHistory } from '../../observe/history.ts';
import { rehearseAlarms } from '../../observe/rehearse-alarm.ts';
import type { Engine } from '../engine/bind.ts';
import { boundNotifiers } from './watch-alarms.ts';

/** Rehearses alarms on a copy of the home's history, which is gone when this returns. */
export async function rehearseInCopy(
  engine: Engine,
  alarms: readonly BoundAlarm[],
  signal: AbortSignal,
): Promise<readonly Rehearsal[]> {
  const { effects, home } = engine;
  const history = await engine.metrics();
  const folder = join(home.temporary, `rehearsal-${effects.random.uint32().toString(36)}`);
  await effects.fs.mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    history.copyTo(join(folder, 'metrics.sqlite'));
    using scratch = disposable(openHistory(join(folder, 'metrics.sqlite')));
    using scratchAlarms = disposable(openAlarmStore(join(folder, 'alarms.sqlite')));
    const ports = { scratch, scratchAlarms, alarms: await engine.alarms(), notifierOf: boundNotifiers(engine) };
    return await rehearseAlarms(alarms, ports, signal, effects);
  } finally {
    await effects.fs.rm(folder, { recursive: true, force: true });
  }
}

function disposable<T extends { close(): void }>(store: T): T & Disposable {
  return { ...store, [Symbol.dispose]: () => store.close() };
}
