import { errorKinds } from '../../base/errors.ts';
import { counted } from '../../base/units.ts';
import { pathFigures } from '../../check/path-figures.ts';
import type { LostObject, RestoredObject } from '../../delivery/restore.ts';
import type { Fault } from '../../ledger/fault.ts';
import { deliveryOf } from '../../pipeline/engine/delivery-of.ts';
import { resolveAddress } from '../../pipeline/graph/address.ts';
import type { Command } from '../command.ts';
import { pipelinesNamed } from '../targets.ts';

export const command: Command = async (invocation, context) => {
  const engine = await context.engine();
  const pipelines = pipelinesNamed(engine.pipelines, invocation.argument(0));
  const restored: RestoredObject[] = [];
  const others = new Set<string>();
  for (const pipeline of pipelines)
    for (const { deliveryAddress = '', faults } of await pathFigures(engine, pipeline)) {
      // Paths that share a delivery name its objects each.
      const lost = lostObjects(faults).filter(({ key }) => !restored.some((done) => done.key === key));
      const [delivered, made] = divided(lost, deliveryAddress);
      for (const { key } of made) others.add(key);
      if (delivered.length === 0) continue;
      const delivery = await deliveryOf(engine, resolveAddress(engine.pipelines, deliveryAddress, ['delivery']));
      restored.push(...(await delivery.restore(delivered)));
    }
  const failed = restored.filter(({ failure }) => failure !== undefined);
  const lines = [
    ...restored.map(({ key, failure }) => (failure === undefined ? `${key}: is there again` : `${key}: ${failure}`)),
    ...[...others].map((key) => `${key}: was made by a job, which does not make it anew; put it back from a backup`),
  ];
  return {
    data: { restored, others: [...others] },
    text:
      lines.length === 0
        ? 'The lake holds every object as it was committed.'
        : [...lines, summary(restored)].join('\n'),
    exitCode: failed.length + others.size === 0 ? 0 : errorKinds.PH_DOES_NOT_ADD_UP.exitCode,
  };
};

/** Those that the delivery put there, and those that a job did. */
function divided(
  lost: readonly LostObject[],
  delivery: string,
): readonly [readonly LostObject[], readonly LostObject[]] {
  const isDelivered = ({ series }: LostObject): boolean => series.startsWith(`${delivery}.e`);
  return [lost.filter(isDelivered), lost.filter((object) => !isDelivered(object))];
}

function lostObjects(faults: readonly Fault[]): readonly LostObject[] {
  return faults.flatMap(({ kind, place: { series, commit, object } }) =>
    (kind === 'object-missing' || kind === 'object-changed') &&
    series !== undefined &&
    commit !== undefined &&
    object !== undefined
      ? [{ series, commit, key: object }]
      : [],
  );
}

function summary(restored: readonly RestoredObject[]): string {
  return `${counted(restored.filter(({ failure }) => failure === undefined).length, 'object')} restored`;
}
