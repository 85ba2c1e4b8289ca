import { formatBytes, formatCount } from '../../base/units.ts';
import type { DeliverySummary } from '../../delivery/delivery.ts';
import { applyDefinitions } from '../../pipeline/apply.ts';
import { engineRunner } from '../../pipeline/handlers.ts';
import type { Command } from '../command.ts';
import { targets } from '../targets.ts';

export const command: Command = async (invocation, context) => {
  const engine = await context.engine();
  const entries = targets(engine.pipelines, 'delivery', invocation.argument(0));
  await applyDefinitions(engine);
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
    progress.end();
    return {
      data: { deliveries: delivered.map(({ address, output }) => ({ address, ...output })) },
      text: delivered.map(({ address, output }) => deliveredText(address, output)).join('\n'),
    };
  } catch (error) {
    progress.end();
    throw error;
  }
};

function deliveredText(address: string, summary: DeliverySummary): string {
  const { delivered, errored, objects, rawBytes, storedBytes } = summary;
  if (delivered + errored === 0) return `${address}: nothing new to deliver`;
  const aside = errored === 0 ? '' : `, ${formatCount(errored)} under the error prefix`;
  const sizes = `${formatBytes(storedBytes)} of ${formatBytes(rawBytes)}`;
  return `${address}: ${formatCount(delivered)} records in ${formatCount(objects)} objects (${sizes})${aside}`;
}
