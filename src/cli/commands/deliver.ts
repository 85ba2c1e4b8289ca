import { setFlagsFromString } from 'node:v8';
import { counted, formatBytes, formatCount } from '../../base/units.ts';
import type { AcknowledgedLoss, DeliverySummary } from '../../delivery/delivery.ts';
import { applyDefinitions } from '../../pipeline/apply/apply.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import type { Addressed } from '../../pipeline/graph/address.ts';
import { engineRunner } from '../../pipeline/run/handlers.ts';
import type { Command, CommandResult } from '../command.ts';
import type { Context } from '../context.ts';
import { targets } from '../targets.ts';

/**
 * The memory that batches lie in comes and goes by tens of megabytes beside a heap of thirty, and V8 takes it for growth of the heap:
 * left to itself, it marks all of it each 9 MB.
 */
const heapGrowingPercent = 200;

export const command: Command = async (invocation, context) => {
  setFlagsFromString(`--heap-growing-percent=${heapGrowingPercent}`);
  const engine = await context.engine();
  const entries = targets(engine.pipelines, ['delivery'], invocation.argument(0));
  await applyDefinitions(engine);
  if (invocation.flag('accept-loss')) return acceptLoss(engine, entries, context);
  const run = await engineRunner(engine);
  const live = !invocation.flag('drain');
  const progress = context.progress();
  progress.update(`delivering ${entries.map(({ address }) => address).join(', ')}`);
  try {
    const delivered = await Promise.all(
      entries.map(async ({ address, kind }) => {
        const request = { address, kind, trigger: 'command', arguments: { live } };
        return { address, output: await run(request, context.signal) };
      }),
    );
    return {
      data: { deliveries: delivered.map(({ address, output }) => ({ address, ...output })) },
      text: delivered.map(({ address, output }) => deliveredText(address, output)).join('\n'),
    };
  } finally {
    progress.end();
  }
};

/** The explicit command without which nothing counts as lost. */
async function acceptLoss(
  engine: Engine,
  entries: readonly Addressed<'delivery'>[],
  { signal }: Context,
): Promise<CommandResult> {
  const { deliveryOf } = await import('../../pipeline/engine/delivery-of.ts');
  const losses: { address: string; loss: AcknowledgedLoss | undefined }[] = [];
  for (const entry of entries) {
    const delivery = await deliveryOf(engine, entry);
    losses.push({ address: entry.address, loss: await delivery.acknowledgeLoss({ signal }) });
  }
  const lines = losses.flatMap(({ address, loss }) => {
    if (loss === undefined) return [`${address}: nothing was lost`];
    const given = loss.lost.map(([partition, from, until]) => `partition ${partition}: gave up ${from} to ${until}`);
    return [...given, 'goes on with what the log holds'].map((line) => `${address}: ${line}`);
  });
  const data = losses.map(({ address, loss }) => ({ address, lost: loss?.lost ?? [] }));
  return { data: { losses: data }, text: lines.join('\n') };
}

function deliveredText(address: string, summary: DeliverySummary): string {
  const { delivered, errored, objects, rawBytes, storedBytes } = summary;
  if (delivered + errored === 0) return `${address}: nothing new to deliver`;
  const aside = errored === 0 ? '' : `, ${formatCount(errored)} under the error prefix`;
  const sizes = `${formatBytes(storedBytes)} of ${formatBytes(rawBytes)}`;
  return `${address}: ${counted(delivered, 'record')} in ${counted(objects, 'object')} (${sizes})${aside}`;
}
