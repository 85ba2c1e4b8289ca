import { suggestion } from '../../base/nearest.ts';
import type { ReportDefinition } from './definition.ts';
import { parameterNames, unknownParameters } from './parameters.ts';

/** What is wrong within a report, with the path of each. */
export function reportProblems({ sections }: ReportDefinition): readonly { path: string; message: string }[] {
  const problems: { path: string; message: string }[] = [];
  const titles = new Set<string>();
  for (const [i, section] of sections.entries()) {
    const title = typeof section === 'string' ? section : section.title.toLowerCase();
    if (titles.has(title))
      problems.push({ path: `sections[${i}]`, message: `"${title}" is there already: its links would lead elsewhere` });
    titles.add(title);
    if (typeof section === 'string') continue;
    for (const [j, { sql }] of section.panels.entries()) {
      for (const name of unknownParameters(sql))
        problems.push({
          path: `sections[${i}].panels[${j}].sql`,
          message: `no parameter is called ":${name}". ${suggestion(name, parameterNames)}`.trim(),
        });
    }
  }
  return problems;
}
