import { PlayheadError } from '../../base/errors.ts';

/** Whom to erase: everyone whose `field` is `value`, exactly. */
export interface Person {
  readonly field: string;
  readonly value: string;
}

/** A column as DuckDB names its type. */
export interface TypedColumn {
  readonly name: string;
  readonly type: string;
}

/** Characters from which on an id is telling. */
export const tellingLength = 8;

/** `field=value`. PH_USAGE for anything else. */
export function parsePerson(text: string): Person {
  const parts = /^([A-Za-z_]\w*)=([\s\S]+)$/.exec(text);
  const [, field, value] = parts ?? [];
  if (field !== undefined && value !== undefined && value.trim() === value) return { field, value };
  throw new PlayheadError('PH_USAGE', '--key takes a field and a value', {
    hint: 'playhead erase --key user_id=U-2718281828',
  });
}

export function isField(name: string, { field }: Person): boolean {
  return name.toLowerCase() === field.toLowerCase();
}

export function isValue(name: string, each: unknown, person: Person): boolean {
  return isField(name, person) && String(each) === person.value;
}
