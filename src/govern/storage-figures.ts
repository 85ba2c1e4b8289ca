import type { Effects } from '../base/effects.ts';
import { type StorageClass, storageClasses } from './lifecycle.ts';
import { governedObjects, type LifecyclePorts } from './lifecycle-objects.ts';
import { lifecycleState } from './lifecycle-series.ts';
import type { BoundLifecycle } from './run-lifecycle.ts';

/** Objects that a lifecycle's rules look at, by the storage class that they are in. */
export interface ClassFigures {
  readonly storageClass: StorageClass;
  readonly objects: number;
  readonly sizeBytes: number;
}

export async function classFigures(
  { address, definition, lake }: BoundLifecycle,
  ports: LifecyclePorts,
  effects: Effects,
): Promise<readonly ClassFigures[]> {
  const figures = new Map<StorageClass, { objects: number; sizeBytes: number }>();
  const state = await lifecycleState(ports.store, address);
  const prefixes = [...new Set(definition.rules.map(({ prefix }) => prefix))];
  for await (const { storageClass, sizeBytes } of governedObjects(lake, ports, state, prefixes, effects)) {
    const before = figures.get(storageClass) ?? { objects: 0, sizeBytes: 0 };
    figures.set(storageClass, { objects: before.objects + 1, sizeBytes: before.sizeBytes + sizeBytes });
  }
  return storageClasses.flatMap((storageClass) => {
    const found = figures.get(storageClass);
    return found === undefined ? [] : [{ storageClass, ...found }];
  });
}
