import { counted, formatCount } from '../base/units.ts';
import type { Diagnosis } from '../check/doctor.ts';
import type { Link, LinkKind, LinkState, Warning } from '../check/link.ts';
import type { Output, Style } from './output.ts';

const titles: Readonly<Record<LinkKind, string>> = {
  definitions: 'definitions',
  lake: 'lake',
  topic: 'topic',
  reference: 'reference data',
  source: 'source',
  gateway: 'gateway',
  stream: 'stream',
  delivery: 'delivery',
  catalog: 'catalog',
  trigger: 'trigger',
  job: 'job',
  crawler: 'crawler',
  query: 'query',
  workgroup: 'workgroup',
  notifier: 'notifier',
  lineage: 'lineage',
  metrics: 'metrics',
};

const titleWidth = Math.max(...Object.values(titles).map(({ length }) => length));
const markWidth = 4;
/** Of a remedy that has no room under its finding. */
const leastIndent = 6;

/** How each link does, with what mends or begins it; then what the whole comes to. `otherwise`: what to do where no link says. */
export function diagnosisText(
  diagnosis: Diagnosis,
  { style, columns }: Pick<Output, 'style' | 'columns'>,
  otherwise: string,
): string {
  const { pipeline, links } = diagnosis;
  const width = Math.max(...links.map(({ address }) => address.length));
  const indent = markWidth + titleWidth + 2 + width + 2;
  const under = (text: string): string => `${' '.repeat(indent)}${text}`;
  /** A command is to be copied: it is not folded. */
  const remedyLine = ({ remedy = '' }: Warning): readonly string[] => {
    if (remedy === '') return [];
    const line = under(`→ ${remedy}`);
    return [line.length <= columns ? line : `${' '.repeat(leastIndent)}→ ${remedy}`];
  };
  const lines = links.flatMap((link) => {
    const { kind, address, state, finding, warnings = [] } = link;
    const line = `${titles[kind].padEnd(titleWidth)}  ${address.padEnd(width)}  ${finding}`;
    const [first, ...rest] = [line, ...remedyLine(link)].map((each) => (state === 'waiting' ? style.dim(each) : each));
    return [
      `  ${mark(link, style)} ${first}`,
      ...rest,
      ...warnings.flatMap((warning) => [under(style.yellow(warning.finding)), ...remedyLine(warning)]),
    ];
  });
  return [style.bold(pipeline), ...lines, '', conclusion(diagnosis, style, otherwise)].join('\n');
}

function mark({ state, warnings = [] }: Link, style: Style): string {
  const marks: Readonly<Record<LinkState, string>> = {
    well: warnings.length === 0 ? style.green('✓') : style.yellow('!'),
    waiting: style.dim('·'),
    faulty: style.red('✗'),
  };
  return marks[state];
}

function conclusion({ links, firstSilent }: Diagnosis, style: Style, otherwise: string): string {
  if (firstSilent !== undefined) {
    const { address, finding, remedy = otherwise } = firstSilent;
    return `${style.bold(`${address} is the first silent link`)}: ${finding}\n  → ${remedy}`;
  }
  const warned = links.reduce((sum, { warnings = [] }) => sum + warnings.length, 0);
  const waiting = links.filter(({ state }) => state === 'waiting').length;
  const begun = waiting === 0 ? '' : ' that has begun';
  const notBegun = waiting === 0 ? '' : `; ${formatCount(waiting)} ${waiting === 1 ? 'has' : 'have'} not`;
  if (warned === 0) return style.green(`Every link${begun} is well${notBegun}.`);
  return style.yellow(`Records pass every link${begun}${notBegun}; ${counted(warned, 'warning')} above.`);
}
