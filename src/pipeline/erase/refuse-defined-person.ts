import { PlayheadError } from '../../base/errors.ts';
import type { PersonFinder } from '../../govern/erase/person-finder.ts';
import type { LoadedConfig } from '../config/config.ts';
import type { PipelineDefinition } from '../definition.ts';
import { addressed } from '../graph/address.ts';
import { isObject } from '../shape/shape.ts';

/**
 * Throws PH_PERSON_DEFINED where a definition holds the id, as one that was inferred from a sample may (`oneOf`): whoever
 * applies it next would write it into the home again. Says in which field of which definition, and in which files.
 */
export function refuseDefinedPerson(
  pipelines: readonly PipelineDefinition[],
  finder: PersonFinder,
  { files, sources }: Pick<LoadedConfig, 'files' | 'sources'>,
): void {
  const places = addressed(pipelines).flatMap(({ address, pipeline, definition }) =>
    [...settingsNaming(definition, finder)].map((setting) => ({ address, pipeline, ...setting })),
  );
  if (places.length === 0) return;
  const { field, value } = finder.person;
  const inModules = [...sources].flatMap(([file, text]) => linesHolding(text, value).map((line) => `${file}:${line}`));
  const inSql = places.flatMap(({ sqlFile = [] }) => sqlFile);
  const found = [...inModules, ...inSql];
  const written = found.length > 0 ? found : places.flatMap(({ pipeline }) => files.get(pipeline) ?? []);
  throw new PlayheadError(
    'PH_PERSON_DEFINED',
    [
      `definitions hold the ${field} that is to be erased, and would bring it back`,
      ...places.map(({ address, path }) => `${address}: ${path}`),
      ...(written.length === 0 ? [] : [`written in ${[...new Set(written)].join(', ')}`]),
    ].join('\n'),
    {
      hint: 'Nothing was changed. Take the id out there (a field of ids needs no `oneOf`), and run this again.',
      details: { field, places: places.map(({ address, path }) => ({ address, path })), files: [...new Set(written)] },
    },
  );
}

interface Setting {
  /** `record.fields.user_id.oneOf`. */
  readonly path: string;
  /** The file that a SQL text came from, from its pipeline's folder. */
  readonly sqlFile?: string;
}

/**
 * Settings that hold the id. `under`: within one that has the field's name, where a number or a short id says who is meant,
 * too.
 */
function* settingsNaming(value: unknown, finder: PersonFinder, path = '', under = false): Generator<Setting> {
  if (Array.isArray(value)) {
    const isHeld = value.some((each) => typeof each !== 'object' && names(each, finder, under));
    if (isHeld) yield { path };
    for (const [at, each] of value.entries())
      if (typeof each === 'object') yield* settingsNaming(each, finder, `${path}.${at}`, under);
  } else if (isObject(value)) {
    const { sqlPath } = value;
    for (const [name, each] of Object.entries(value)) {
      const inner = path === '' ? name : `${path}.${name}`;
      const isNamed = finder.isValue(name, each) || finder.redacted(name) !== name;
      const isTheirs = under || finder.isField(name);
      for (const setting of isNamed ? [{ path: inner }] : settingsNaming(each, finder, inner, isTheirs))
        yield name === 'sql' && typeof sqlPath === 'string' ? { ...setting, sqlFile: sqlPath } : setting;
    }
  } else if (names(value, finder, under)) yield { path };
}

function names(value: unknown, { redacted, isTelling, person }: PersonFinder, under: boolean): boolean {
  if (typeof value === 'string' && redacted(value) !== value) return true;
  // A short number is a limit more often than an id.
  return under && (isTelling || typeof value === 'string') && String(value) === person.value;
}

/** Numbers of the lines, from 1. */
function linesHolding(text: string, value: string): readonly number[] {
  return text.split('\n').flatMap((line, at) => (line.includes(value) ? [at + 1] : []));
}
