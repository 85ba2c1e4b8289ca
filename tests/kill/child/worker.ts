// A worker that delivers until it is told to stop: one argument, the JSON of `WorkerOrders`. A line on its standard output for each commit.
import { systemEffects } from '../../../src/base/effects.ts';
import { isPlayheadError } from '../../../src/base/errors.ts';
import { struckEffects } from '../../../src/check/chaos/struck-process.ts';
import { openDelivery } from '../../../src/delivery/delivery.ts';
import { ticks } from '../small-stream.ts';
import { ignoringConditions } from '../unconditional-lake.ts';
import { leaseTtlMs, openPlace, sharedLanding } from '../worker-place.ts';
import type { WorkerOrders } from '../worker-process.ts';

// `as`: the parent wrote it.
const { place, lanes, ignored } = JSON.parse(process.argv[2] ?? '') as WorkerOrders;

const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
// Its parent is gone.
process.stdin.on('end', () => stop.abort()).resume();

const effects = struckEffects(systemEffects());
const { ports, close } = await openPlace(place, effects);
const lake = ignored === undefined ? ports.lake : ignoringConditions(ports.lake, ignored);
try {
  // What is shared may be struck as soon as this worker has seen it once.
  await ports.stream.describe(place.topic ?? ticks.topic);
  process.stdout.write('ready\n');
  await openDelivery(sharedLanding(place, lanes), { ...ports, lake }, effects).run({
    signal: stop.signal,
    leaseTtlMs,
    onCommit: ({ kind }) => process.stdout.write(`${kind}\n`),
  });
} catch (error) {
  // Told to end while it waited for the lanes.
  if (!isPlayheadError(error, 'PH_INTERRUPTED') || !stop.signal.aborted) throw error;
} finally {
  process.stdin.destroy();
  await close();
}
