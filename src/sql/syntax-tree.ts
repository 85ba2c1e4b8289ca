import type { Span } from './source-position.ts';

/**
 * The SDK's syntax tree, as it comes over from WASM: JSON in which a node is an object with one key, its kind, whose
 * value is the body: `{ "column": { "name": …, "table": … } }`. It has some nine hundred kinds and no schema that
 * TypeScript could check, so it is read through these functions only.
 */
export type Node = Readonly<Record<string, unknown>>;
export type Body = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function kindOf(node: Node): string {
  return Object.keys(node)[0] ?? '';
}

/** The body of a node; empty for kinds without one (`{ "row_number": null }`). */
export function bodyOf(node: Node): Body {
  const body = Object.values(node)[0];
  return isObject(body) ? body : {};
}

export function objectAt(body: Body, key: string): Body | undefined {
  const value = body[key];
  return isObject(value) ? value : undefined;
}

export function listAt(body: Body, key: string): readonly Body[] {
  const value = body[key];
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function textAt(body: Body, key: string): string | undefined {
  const value = body[key];
  return typeof value === 'string' ? value : undefined;
}

export function numberAt(body: Body, key: string): number | undefined {
  const value = body[key];
  return typeof value === 'number' ? value : undefined;
}

export function flagAt(body: Body, key: string): boolean {
  return body[key] === true;
}

/** The name of an identifier under `key`, as written, without its quotes. */
export function nameAt(body: Body, key: string): string | undefined {
  const value = body[key];
  return isObject(value) ? textAt(value, 'name') : undefined;
}

export function namesAt(body: Body, key: string): readonly string[] {
  return listAt(body, key).flatMap((identifier) => textAt(identifier, 'name') ?? []);
}

/** The span of an identifier or of a node's own body. */
export function spanAt(body: Body): Span | undefined {
  const span = objectAt(body, 'span');
  const start = span && numberAt(span, 'start');
  const end = span && numberAt(span, 'end');
  return start === undefined || end === undefined ? undefined : { start, end };
}

/** The first place in the source that the tree under `value` names. */
export function firstSpan(value: unknown): Span | undefined {
  if (Array.isArray(value)) {
    for (const item of value) {
      const found = firstSpan(item);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const own = spanAt(value);
  if (own !== undefined) return own;
  return firstSpan(Object.values(value));
}

/** Every node of a kind under `value`, itself included, parents first. */
export function nodesOfKind(value: unknown, kind: string): Body[] {
  if (Array.isArray(value)) return value.flatMap((item) => nodesOfKind(item, kind));
  if (!isObject(value)) return [];
  const own = Object.hasOwn(value, kind) && isObject(value[kind]) && Object.keys(value).length === 1;
  const below = Object.values(value).flatMap((child) => nodesOfKind(child, kind));
  return own && isObject(value[kind]) ? [value[kind], ...below] : below;
}

/** Rebuilds a tree: `replace` returns the new node for one it wants changed, undefined for one to descend into. */
export function rewrite(node: Node, replace: (node: Node) => Node | undefined): Node {
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(visit);
    if (!isObject(value)) return value;
    const replaced = Object.keys(value).length === 1 ? replace(value) : undefined;
    return replaced ?? Object.fromEntries(Object.entries(value).map(([key, child]) => [key, visit(child)]));
  };
  const result = visit(node);
  return isObject(result) ? result : node;
}

/** The tree with every place in it moved to one: what is put into a query from elsewhere stands where it is put. */
export function withSpans(node: Node, at: Span): Node {
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(visit);
    if (!isObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, child]) => [
        key,
        key === 'span' && isObject(child) ? { ...child, start: at.start, end: at.end } : visit(child),
      ]),
    );
  };
  const result = visit(node);
  return isObject(result) ? result : node;
}
