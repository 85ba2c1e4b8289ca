import type { Logger } from '../../base/effects.ts';
import { PlayheadError } from '../../base/errors.ts';
import type { TableDefinition } from '../../catalog/definition.ts';
import type { RestContract, RestEndpoint } from './definition.ts';
import type { RestPage } from './page.ts';
import { changeText, type ShapeChange, shapeReader } from './shape-changes.ts';
import { metadataField } from './stamped-line.ts';

/** Holds the pages of one endpoint against the contract, and tells of each change once. */
export interface ShapeJudge {
  /** What is otherwise than declared. PH_SOURCE_INVALID where the contract takes no such page. */
  judge(page: RestPage): readonly ShapeChange[];
  /** What was told of, in words. */
  told(): readonly string[];
}

/** `where`: the source and the endpoint, for errors. */
export function shapeJudge(
  { name, where, contract }: { readonly name: string; readonly where: string; readonly contract: RestContract },
  endpoint: RestEndpoint,
  table: TableDefinition,
  log: Logger,
): ShapeJudge {
  const { [metadataField]: _, ...fields } = table.record.fields;
  const changesOf = shapeReader({ ...table.record, fields }, endpoint);
  const told = new Set<string>();
  return {
    told: () => [...told],
    judge: ({ document, records }) => {
      if (metadataField in document)
        throw new PlayheadError(
          'PH_SOURCE_INVALID',
          `${where}: the answer has a field ${metadataField} of its own, under which its metadata would stand`,
        );
      const changes = changesOf(document, records);
      const texts = changes.map(changeText);
      if (contract === 'freeze' && changes.length > 0)
        throw new PlayheadError(
          'PH_SOURCE_INVALID',
          `${where}: the answer no longer looks like ${table.name}: ${texts.join('; ')}`,
          {
            hint: "The page was not taken. Declare what is new, or let the source's contract be 'evolve' or 'discard'.",
            details: { changes },
          },
        );
      for (const [i, text] of texts.entries()) {
        if (told.has(text)) continue;
        told.add(text);
        // What is new is harmless; what is gone or of another type is missing from now on.
        log.log(changes[i]?.change === 'new field' ? 'info' : 'warn', `${name}: ${text}`);
      }
      return changes;
    },
  };
}
