import { PlayheadError } from '../base/errors.ts';
import { either, nearest } from '../base/nearest.ts';

/** A setting that an import did not take, by its path in the document, and why. */
export interface UntakenSetting {
  readonly path: string;
  readonly why: string;
}

function unexpectedValue(path: string, value: unknown, expected: string, near?: string): PlayheadError {
  return new PlayheadError('PH_CONFIG_INVALID', `${path} is ${JSON.stringify(value)}: expected ${expected}`, {
    ...(near === undefined ? {} : { hint: `Did you mean "${near}"?` }),
    details: { path, value, expected },
  });
}

/**
 * Reads a JSON document by paths and remembers what was read, so that whatever was not is named instead of being dropped in
 * silence.
 */
export class JsonSettings {
  readonly #root: unknown;
  readonly #taken = new Set<string>();

  constructor(root: unknown) {
    this.#root = root;
  }

  /** The value at `a.b[0].c`, and everything under it, counts as taken. Undefined where there is none. */
  take(path: string): unknown {
    const value = this.peek(path);
    if (value !== undefined) this.#taken.add(path);
    return value;
  }

  /** Each of these throws PH_CONFIG_INVALID for a value of another type, with the path, the value and what was expected. */
  text(path: string): string | undefined {
    const value = this.take(path);
    if (value === undefined || typeof value === 'string') return value;
    throw unexpectedValue(path, value, 'a text');
  }

  /** A number from `least` to `most`. */
  number(path: string, least: number, most: number): number | undefined {
    const value = this.take(path);
    if (value === undefined || (typeof value === 'number' && value >= least && value <= most)) return value;
    throw unexpectedValue(path, value, `a number from ${least} to ${most}`);
  }

  /** True only for `true`; a `false` is taken, too. */
  flag(path: string): boolean {
    const value = this.take(path);
    if (value === undefined || typeof value === 'boolean') return value === true;
    throw unexpectedValue(path, value, 'true or false');
  }

  /** One of the words. */
  choice<T extends string>(path: string, words: readonly T[]): T | undefined {
    const value = this.take(path);
    const word = words.find((known) => known === value);
    if (value === undefined || word !== undefined) return word;
    throw unexpectedValue(path, value, either(words), typeof value === 'string' ? nearest(value, words) : undefined);
  }

  peek(path: string): unknown {
    let value = this.#root;
    for (const step of path.split(/[.[\]]+/).filter((part) => part !== '')) {
      if (typeof value !== 'object' || value === null) return undefined;
      // `as`: what is neither null nor a scalar can be looked into by name, and lists by index.
      value = (value as Readonly<Record<string, unknown>>)[step];
    }
    return value;
  }

  /** Paths of the values that nobody took, each as high up as nothing below it was taken; elements of lists one by one. */
  untaken(): string[] {
    const found: string[] = [];
    this.#walk(this.#root, '', found);
    return found;
  }

  #walk(value: unknown, path: string, found: string[]): void {
    if (this.#taken.has(path)) return;
    const isList = Array.isArray(value);
    if (typeof value !== 'object' || value === null || !(isList || this.#holdsTaken(path))) {
      if (path !== '') found.push(path);
      return;
    }
    for (const [name, inner] of Object.entries(value)) {
      this.#walk(inner, isList ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`, found);
    }
  }

  #holdsTaken(path: string): boolean {
    if (path === '') return true;
    return [...this.#taken].some((taken) => taken.startsWith(`${path}.`) || taken.startsWith(`${path}[`));
  }
}
