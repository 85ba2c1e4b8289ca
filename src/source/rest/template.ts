/** A text with `{name}` in it for what is filled in. */
const placeholder = /\{([a-z_][a-z0-9_]*)\}/g;

/** What every template of a REST source can name, beside the source's own `values`. */
export const templateNames = ['endpoint', 'execution_id', 'page', 'date', 'time'] as const;

export type TemplateValues = Readonly<Record<(typeof templateNames)[number], string>> &
  Readonly<Record<string, string>>;

/** The names that a template asks for. */
export function namesIn(template: string): readonly string[] {
  return [...template.matchAll(placeholder)].map(([, name = '']) => name);
}

/** The text, filled in. A name that nobody knows was reported when the definition was loaded, and stays as it is. */
export function filled(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(placeholder, (whole, name: string) => values[name] ?? whole);
}

export function allFilled(
  templates: Readonly<Record<string, string>>,
  values: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(templates).map(([name, template]) => [name, filled(template, values)]));
}
