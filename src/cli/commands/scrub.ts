import { counted } from '../../base/units.ts';
import { deliveryOf } from '../../pipeline/engine/delivery-of.ts';
import { endLeftUploads } from '../../pipeline/engine/left-uploads.ts';
import type { Command } from '../command.ts';
import { targets } from '../targets.ts';

export const command: Command = async (invocation, context) => {
  const engine = await context.engine();
  const removed: { address: string; keys: readonly string[] }[] = [];
  for (const entry of targets(engine.pipelines, ['delivery'], invocation.argument(0))) {
    const delivery = await deliveryOf(engine, entry);
    removed.push({ address: entry.address, keys: await delivery.scrub() });
  }
  // Uploads have no delivery that they could be told by: they go where all is scrubbed.
  const uploads = invocation.argument(0) === undefined ? await endLeftUploads(engine) : [];
  const lines = removed.flatMap(({ address, keys }) => [
    `${address}: ${keys.length === 0 ? 'nothing to remove' : `removed ${keys.length}`}`,
    ...keys.map((key) => `  ${key}`),
  ]);
  if (uploads.length > 0) lines.push(`ended ${counted(uploads.length, 'upload')} that a crash left:`);
  lines.push(...uploads.map((key) => `  ${key}`));
  return { data: { removed, uploads }, text: lines.join('\n') };
};
