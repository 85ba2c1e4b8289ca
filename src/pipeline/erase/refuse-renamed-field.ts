import { PlayheadError } from '../../base/errors.ts';
import type { Person } from '../../govern/erase/person.ts';
import type { PipelineDefinition } from '../definition.ts';
import { addressed } from '../graph/address.ts';

/**
 * Throws PH_USAGE where a person is named by a field that a job calls a key of its records by (`unique.as`), before they are
 * erased by the name that the records themselves have for it: what comes later is held against that one alone, so that
 * they would be taken again at once. Records that have a field of this name themselves can be erased by it after that.
 */
export async function refuseRenamedField(
  pipelines: readonly PipelineDefinition[],
  { field, value }: Person,
  isErased: (person: Person) => Promise<boolean>,
): Promise<void> {
  const called = field.toLowerCase();
  for (const { address, definition } of addressed(pipelines, 'job')) {
    const { key = [], as = [] } = definition.unique ?? {};
    const own = key[as.findIndex((name) => name.toLowerCase() === called)];
    if (own === undefined || own.toLowerCase() === called || (await isErased({ field: own, value }))) continue;
    throw new PlayheadError('PH_USAGE', `${field} is what ${address} calls ${own}: what it reads has no such field`, {
      hint: [
        `Erase by ${own} (--key ${own}=…), with the same value: that takes the rows with ${field}, too, and keeps out what comes later.`,
        `Nothing was changed. Records that have a ${field} themselves are erased by it after that.`,
      ].join('\n'),
      details: { field, own, job: address },
    });
  }
}
