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
/** Of what a link says, where not all of it has room beside the addresses. */
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
  const lines = links.flatMap((link) => {
    const { kind, address, state, finding, warnings = [] } = link;
    const shade = state === 'waiting' ? style.dim : (text: string): string => text;
    const texts = [
      { text: finding, paint: shade },
      ...remedyOf(link, shade),
      ...warnings.flatMap((warning) => [{ text: warning.finding, paint: style.yellow }, ...remedyOf(warning)]),
    ];
    const head = `  ${mark(link, style)} ${shade(`${titles[kind].padEnd(titleWidth)}  ${address}`)}`;
    const isBeside = texts.every(({ text }) => indent + text.length <= columns);
    if (!isBeside) return [head, ...texts.map(({ text, paint }) => `${' '.repeat(leastIndent)}${paint(text)}`)];
    const [first = '', ...rest] = texts.map(({ text, paint }) => paint(text));
    const gap = ' '.repeat(width - address.length + 2);
    return [`${head}${gap}${first}`, ...rest.map((text) => `${' '.repeat(indent)}${text}`)];
  });
  return [style.bold(pipeline), ...lines, '', conclusion(diagnosis, style, otherwise)].join('\n');
}

interface Painted {
  readonly text: string;
  readonly paint: (text: string) => string;
}

function remedyOf({ remedy }: Warning, paint = (text: string): string => text): readonly Painted[] {
  return remedy === undefined ? [] : [{ text: `→ ${remedy}`, paint }];
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
