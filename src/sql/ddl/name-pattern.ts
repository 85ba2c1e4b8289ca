/** Athena's patterns: `*` (or `.*`) is any text, `|` divides alternatives, case does not count. */
export function namePattern(pattern: string | undefined): (name: string) => boolean {
  if (pattern === undefined) return () => true;
  const alternatives = pattern.split('|').map((part) =>
    part
      .replaceAll('.*', '*')
      .split('*')
      .map((text) => text.replace(/[.+?^${}()[\]\\]/g, '\\$&'))
      .join('.*'),
  );
  const compiled = new RegExp(`^(?:${alternatives.join('|')})$`, 'i');
  return (name) => compiled.test(name);
}
