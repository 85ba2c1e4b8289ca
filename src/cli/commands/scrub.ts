import { deliveryOf } from '../../pipeline/subject.ts';
import type { Command } from '../command.ts';
import { targets } from '../targets.ts';

export const command: Command = async (invocation, context) => {
  const engine = await context.engine();
  const removed: { address: string; keys: readonly string[] }[] = [];
  for (const entry of targets(engine.pipelines, 'delivery', invocation.argument(0))) {
    const delivery = await deliveryOf(engine, entry);
    removed.push({ address: entry.address, keys: await delivery.scrub() });
  }
  const lines = removed.flatMap(({ address, keys }) => [
    `${address}: ${keys.length === 0 ? 'nothing to remove' : `removed ${keys.length}`}`,
    ...keys.map((key) => `  ${key}`),
  ]);
  return { data: { removed }, text: lines.join('\n') };
};
