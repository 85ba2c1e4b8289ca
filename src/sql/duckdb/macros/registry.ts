import { binaryMacros } from './binary.ts';
import { castMacros } from './cast.ts';
import { collectionMacros } from './collection.ts';
import { jsonMacros } from './json.ts';
import type { Macros } from './macro.ts';
import { numberMacros } from './number.ts';
import { textMacros } from './text.ts';
import { timeMacros } from './time.ts';

const macros: Macros = {
  ...binaryMacros,
  ...castMacros,
  ...collectionMacros,
  ...jsonMacros,
  ...numberMacros,
  ...textMacros,
  ...timeMacros,
};

/**
 * Statements that make these macros, and those that they call, for one connection or for the whole database. What is
 * called comes before what calls it. Connections that make the same one for all at once conflict: see `Duck.share`.
 */
export function macroStatements(names: Iterable<string>, reach: 'connection' | 'database'): readonly string[] {
  const create = reach === 'connection' ? 'CREATE OR REPLACE TEMP MACRO' : 'CREATE OR REPLACE MACRO';
  const statements = new Map<string, string>();
  const add = (name: string): void => {
    const macro = macros[name];
    if (macro === undefined || statements.has(name)) return;
    for (const used of macro.uses ?? []) add(used);
    statements.set(name, `${create} ${name}${macro.definition}`);
  };
  for (const name of names) add(name);
  return [...statements.values()];
}
