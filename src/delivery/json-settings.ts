/** A setting that an import did not take, by its path in the document, and why. */
export interface UntakenSetting {
  readonly path: string;
  readonly why: string;
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

  text(path: string): string | undefined {
    const value = this.peek(path);
    return typeof value === 'string' ? String(this.take(path)) : undefined;
  }

  number(path: string): number | undefined {
    const value = this.peek(path);
    return typeof value === 'number' ? Number(this.take(path)) : undefined;
  }

  /** True only for `true`; a `false` is taken, too. */
  flag(path: string): boolean {
    const value = this.peek(path);
    return typeof value === 'boolean' && this.take(path) === true;
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
