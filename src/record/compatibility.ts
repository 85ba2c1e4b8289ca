import { describeField } from './describe-field.ts';
import { type Effect, typeEffects } from './field-compatibility.ts';
import type { Field, Fields, RecordType } from './type.ts';

/** One difference between two versions of a record type. */
export interface RecordChange {
  /** `place.city`, `tags[]`, `counts{}`. */
  readonly path: string;
  readonly change: 'added' | 'removed' | 'altered';
  /** Readers of the later version can read records of the earlier one, and all they could name before is there. */
  readonly backward: boolean;
  /** Readers of the earlier version can read records of the later one (they pass over fields that they don't know). */
  readonly forward: boolean;
  /** Same as `backward`: data that lies in the lake is read by the later version from now on. */
  readonly compatible: boolean;
  /** Path, what changed and, where it breaks readers, why: `seconds: int → string: what was a number is none now`. */
  readonly message: string;
}

export interface Compatibility {
  readonly verdict: 'full' | 'backward' | 'forward' | 'none';
  readonly changes: readonly RecordChange[];
}

/** Compares two versions field by field. `backward` is what a change needs in order to be applied in place. */
export function compareRecords(before: RecordType, after: RecordType): Compatibility {
  const changes = recordChanges(before, after);
  const backward = changes.every((change) => change.backward);
  const forward = changes.every((change) => change.forward);
  const oneWay = backward ? 'backward' : forward ? 'forward' : 'none';
  return { verdict: backward && forward ? 'full' : oneWay, changes };
}

/** Every difference, in the order of the earlier fields, then the added ones. */
export function recordChanges(before: RecordType, after: RecordType): readonly RecordChange[] {
  return fieldsChanges(before.fields, after.fields, '');
}

function fieldsChanges(before: Fields, after: Fields, prefix: string): RecordChange[] {
  const kept = Object.entries(before).flatMap(([name, was]) => {
    const now = after[name];
    return now === undefined ? [removed(`${prefix}${name}`, name, after)] : fieldChanges(was, now, `${prefix}${name}`);
  });
  const added = Object.entries(after).filter(([name]) => before[name] === undefined);
  return [...kept, ...added.map(([name, now]) => addition(`${prefix}${name}`, now))];
}

function removed(path: string, name: string, after: Fields): RecordChange {
  const renamed = Object.keys(after).find((other) => other.toLowerCase() === name.toLowerCase());
  const why =
    renamed === undefined
      ? 'queries that name it fail, and what earlier records hold of it can no longer be read'
      : `earlier records spell it so, and are not read by the name ${renamed}`;
  return change(path, 'removed', 'removed', [{ breaks: 'both', why }]);
}

function addition(path: string, now: Field): RecordChange {
  const what = `added, ${describeField(now)}${now.optional === true ? ', optional' : ''}`;
  if (now.optional === true) return change(path, 'added', what, []);
  return change(path, 'added', what, [{ breaks: 'backward', why: 'earlier records do not have it; make it optional' }]);
}

function fieldChanges(was: Field, now: Field, path: string): RecordChange[] {
  const changes: RecordChange[] = [];
  if (was.optional !== true && now.optional === true) {
    const why = 'earlier readers need a value';
    changes.push(change(path, 'altered', 'required → optional', [{ breaks: 'forward', why }]));
  }
  if (was.optional === true && now.optional !== true) {
    const why = 'earlier records may not have it';
    changes.push(change(path, 'altered', 'optional → required', [{ breaks: 'backward', why }]));
  }
  if (was.type === 'struct' && now.type === 'struct') {
    return [...changes, ...fieldsChanges(was.fields, now.fields, `${path}.`)];
  }
  if (was.type === 'list' && now.type === 'list') return [...changes, ...fieldChanges(was.of, now.of, `${path}[]`)];
  if (was.type === 'map' && now.type === 'map')
    return [...changes, ...fieldChanges(was.values, now.values, `${path}{}`)];
  const effects = typeEffects(was, now);
  if (effects.length === 0) return changes;
  const [from, to] = [describeField(was), describeField(now)];
  return [...changes, change(path, 'altered', from === to ? 'constraints' : `${from} → ${to}`, effects)];
}

function change(path: string, kind: RecordChange['change'], what: string, effects: readonly Effect[]): RecordChange {
  const breaks = (way: 'backward' | 'forward'): boolean => effects.some((e) => e.breaks === way || e.breaks === 'both');
  const backward = !breaks('backward');
  const reasons = effects.map(({ why }) => why).join('; ');
  return {
    path,
    change: kind,
    backward,
    forward: !breaks('forward'),
    compatible: backward,
    message: reasons === '' ? `${path}: ${what}` : `${path}: ${what}: ${reasons}`,
  };
}
