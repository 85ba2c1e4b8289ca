import { PlayheadError } from '../base/errors.ts';
import { sqlString } from '../duck/duck.ts';
import type { EditedRecord } from './edited-record.ts';
import { apart, type Mending, setApart } from './mending.ts';

export interface FileMending extends Mending {
  /** SQL of the places that the file names and `quarantine` does not hold: `place`. */
  unmatched(quarantine: string): string;
}

const rowsAtOnce = 500;

/**
 * Mends by an edited file: its records, and no others, as they stand there. PH_USAGE where it names a place twice: one
 * record would become two.
 */
export function mendByFile(edited: readonly EditedRecord[]): FileMending {
  const named = new Set<string>();
  for (const { source, row } of edited) {
    const place = `${source}, row ${row}`;
    if (named.has(place))
      throw new PlayheadError('PH_USAGE', `${place} is named twice`, {
        hint: 'One line a record: leave the one that is to become its row.',
        details: { source, row },
      });
    named.add(place);
  }
  const samePlace = `${apart('source')} = edited_source AND ${apart('row')} = edited_row`;
  return {
    prepare: async (session) => {
      await session.run(
        'CREATE OR REPLACE TEMP TABLE _edited (edited_source VARCHAR, edited_row BIGINT, edited VARCHAR)',
      );
      for (let i = 0; i < edited.length; i += rowsAtOnce) {
        const rows = edited
          .slice(i, i + rowsAtOnce)
          .map(({ source, row, text }) => `(${sqlString(source)}, ${row}, ${sqlString(text)})`);
        await session.run(`INSERT INTO _edited VALUES ${rows.join(', ')}`);
      }
    },
    unmatched: (quarantine) => `SELECT edited_source || ', row ' || edited_row AS place FROM _edited
      ANTI JOIN ${setApart(quarantine)} ON ${samePlace}`,
    fields: (quarantine) => `(SELECT * FROM ${setApart(quarantine)} JOIN _edited ON ${samePlace})`,
    mended: 'edited',
    chosen: 'true',
  };
}
