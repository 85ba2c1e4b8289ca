import { either, nearest, suggestion } from '../../base/nearest.ts';
import type { UnknownSetting } from '../../base/unknown-settings.ts';

/** One thing that is wrong with a definition, and where: `deliveries.landing.buffer.sizeBytes`. */
export interface Problem {
  readonly path: string;
  readonly message: string;
  /** A setting that nobody knows: what else is declared can be looked into all the same. */
  readonly unknownSetting?: {
    /** Path of the setting that was probably meant, and is therefore not what it should be. */
    readonly meant?: string;
  };
}

/** Checks a value and reports what is wrong with it, all of it: it never stops at the first. */
export type Shape = (value: unknown, path: string, report: (problem: Problem) => void) => void;

export const text: Shape = (value, path, report) => {
  if (typeof value !== 'string') report({ path, message: expected('text', value) });
  else if (value === '') report({ path, message: 'must not be empty' });
};

export const anyText: Shape = (value, path, report) => {
  if (typeof value !== 'string') report({ path, message: expected('text', value) });
};

export const flag: Shape = (value, path, report) => {
  if (typeof value !== 'boolean') report({ path, message: expected('true or false', value) });
};

export const number: Shape = (value, path, report) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) report({ path, message: expected('a number', value) });
};

export function wholeNumber(range: { min: number; max?: number }): Shape {
  const to = range.max === undefined ? ` from ${range.min}` : ` from ${range.min} to ${range.max}`;
  return (value, path, report) => {
    const fits = typeof value === 'number' && Number.isSafeInteger(value) && value >= range.min;
    if (!fits || value > (range.max ?? Number.MAX_SAFE_INTEGER)) {
      report({ path, message: expected(`a whole number${to}`, value) });
    }
  };
}

export function matching(pattern: RegExp, what: string): Shape {
  return (value, path, report) => {
    if (typeof value !== 'string' || !pattern.test(value)) report({ path, message: expected(what, value) });
  };
}

export function oneOf(...choices: readonly string[]): Shape {
  return (value, path, report) => {
    if (typeof value === 'string' && choices.includes(value)) return;
    const hint = typeof value === 'string' ? ` ${suggestion(value, choices)}` : '';
    report({ path, message: `${expected(either(choices), value)}.${hint}` });
  };
}

export function optional(shape: Shape): Shape {
  return (value, path, report) => {
    if (value !== undefined) shape(value, path, report);
  };
}

export function list(of: Shape, atLeast = 0): Shape {
  return (value, path, report) => {
    if (!Array.isArray(value)) return report({ path, message: expected('a list', value) });
    if (value.length < atLeast) report({ path, message: `must have at least ${atLeast}` });
    value.forEach((item, i) => {
      of(item, `${path}[${i}]`, report);
    });
  };
}

/** Any names, each with a value of one shape. */
export function named(of: Shape): Shape {
  return (value, path, report) => {
    if (!isObject(value)) return report({ path, message: expected('an object', value) });
    for (const [name, item] of Object.entries(value)) of(item, `${path}.${name}`, report);
  };
}

/** Exactly these keys; others are reported with the one that was probably meant. `open`: others are left alone. */
export function object(keys: Readonly<Record<string, Shape>>, open = false): Shape {
  return (value, path, report) => {
    if (!isObject(value)) return report({ path, message: expected('an object', value) });
    for (const [key, shape] of Object.entries(keys)) shape(value[key], `${path}.${key}`, report);
    const strangers = Object.keys(value).filter((key) => !open && !(key in keys) && key !== 'unknownSettings');
    const found = [...strangers.map((key) => ({ key, known: Object.keys(keys) })), ...carried(value)];
    for (const { key, known } of found) {
      const near = nearest(key, known);
      report({
        path: `${path}.${key}`,
        message: `unknown setting. ${suggestion(key, known)}`,
        unknownSetting: near === undefined ? {} : { meant: `${path}.${near}` },
      });
    }
  };
}

/** What the definition's builder was given and didn't know. */
function carried(value: Readonly<Record<string, unknown>>): readonly UnknownSetting[] {
  const settings = value['unknownSettings'];
  // Only `unknownSettings()` writes this key.
  return Array.isArray(settings) ? (settings as readonly UnknownSetting[]) : [];
}

/** One of several shapes, chosen by the text under `key`. */
export function variant(key: string, shapes: Readonly<Record<string, Shape>>): Shape {
  return (value, path, report) => {
    if (!isObject(value)) return report({ path, message: expected('an object', value) });
    const choice = value[key];
    const shape = typeof choice === 'string' ? shapes[choice] : undefined;
    if (shape === undefined) oneOf(...Object.keys(shapes))(choice, `${path}.${key}`, report);
    else shape(value, path, report);
  };
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function expected(what: string, value: unknown): string {
  return value === undefined ? `missing: expected ${what}` : `expected ${what}, found ${shown(value)}`;
}

function shown(value: unknown): string {
  const written = JSON.stringify(value) ?? String(value);
  return written.length > 60 ? `${written.slice(0, 57)}…` : written;
}
