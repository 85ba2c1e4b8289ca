import { PlayheadError } from '../../base/errors.ts';
import { suggestion } from '../../base/nearest.ts';
import { recordOf } from '../../delivery/bound-delivery.ts';
import type { Field, Fields } from '../../record/type.ts';
import type { Wanted } from './record-fields.ts';
import type { Tracer } from './tracer.ts';

/** PH_USAGE where a field is asked for that no record on the tracer's routes has, with the nearest that one has. */
export function refuseUnknownFields({ routes, takings }: Tracer, wanted: Wanted): void {
  const jobs = [...routes, ...takings].flatMap((each) => each.jobs);
  const records = [
    ...routes.flatMap(({ subject }) => [subject.stream.record, recordOf(subject)]),
    ...takings.map(({ table }) => table.definition.record),
    ...jobs.map(({ target }) => target.definition.record),
  ];
  // Without any, what is asked for has another reason not to be there.
  const known = [...new Set(records.flatMap(({ fields }) => namesIn(fields)))];
  const unknown = known.length === 0 ? undefined : Object.keys(wanted).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new PlayheadError('PH_USAGE', `--key ${unknown}: no record that is traced here has such a field`, {
    hint: suggestion(unknown, known),
  });
}

/** Also those within: an answer holds its records in a list, and they are known by fields of their own. */
function namesIn(fields: Fields): readonly string[] {
  return Object.entries(fields).flatMap(([name, of]) => [name, ...namesOf(of)]);
}

function namesOf(of: Field): readonly string[] {
  if (of.type === 'struct') return namesIn(of.fields);
  return of.type === 'list' ? namesOf(of.of) : [];
}
