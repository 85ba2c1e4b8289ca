/** Where a module that is no TypeScript breaks, as Node tells it at the head of the error's stack; lines and columns from 1. */
export interface SyntaxPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Undefined for other errors, and for plain JavaScript: there Node keeps the place to itself. */
export function syntaxPlace(error: unknown): SyntaxPlace | undefined {
  if (!(error instanceof SyntaxError)) return undefined;
  const [head = '', ...rest] = error.stack?.split('\n') ?? [];
  const [, file, line] = /^(.+):(\d+)$/.exec(head) ?? [];
  const marker = rest.find((text) => /^\s*\^+\s*$/.test(text));
  if (file === undefined || marker === undefined) return undefined;
  return { file, line: Number(line), column: marker.indexOf('^') + 1 };
}
