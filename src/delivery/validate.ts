import { isPlayheadError } from '../base/errors.ts';
import { suggestion } from '../base/nearest.ts';
import { checkPrefix } from '../lake/object-key.ts';
import type { DeliveryDefinition } from './definition.ts';
import { parseJqPath } from './jq.ts';
import { literalStart, type PrefixExpression, type PrefixPart, parsePrefix } from './prefix.ts';
import { compileErrorPrefix, compilePrefix } from './prefix-renderer.ts';

/** Something in a delivery's settings that can't be carried out, and where. */
export interface DeliveryProblem {
  readonly path: string;
  readonly message: string;
}

/** Everything that is wrong with a delivery's prefixes and partition keys, by Firehose's rules; all of it at once. */
export function deliveryProblems(definition: DeliveryDefinition): DeliveryProblem[] {
  const problems: DeliveryProblem[] = [];
  const attempt = <T>(path: string, work: () => T): T | undefined => {
    try {
      return work();
    } catch (cause) {
      if (!isPlayheadError(cause)) throw cause;
      problems.push({ path, message: cause.hint === undefined ? cause.message : `${cause.message}; ${cause.hint}` });
      return undefined;
    }
  };
  const { prefix, errorPrefix, backupPrefix, timezone, partitionKeys = {} } = definition;
  const parsed = (path: string, source: string, compile: typeof compilePrefix): PrefixExpression | undefined =>
    attempt(path, () => {
      compile(source, timezone);
      const expression = parsePrefix(source);
      checkPrefix(literalStart(expression));
      return expression;
    });
  const data = parsed('prefix', prefix, compilePrefix);
  const errors = parsed('errorPrefix', errorPrefix, compileErrorPrefix);
  const backup = backupPrefix === undefined ? undefined : parsed('backupPrefix', backupPrefix, compilePrefix);
  for (const [name, query] of Object.entries(partitionKeys)) attempt(`partitionKeys.${name}`, () => parseJqPath(query));
  if (data !== undefined) problems.push(...keyProblems(data, Object.keys(partitionKeys)));
  for (const [path, expression] of [
    ['prefix', data],
    ['backupPrefix', backup],
  ] as const) {
    if (has(expression, 'error-output-type'))
      problems.push({ path, message: '!{firehose:error-output-type} can stand in the error prefix only' });
  }
  for (const [path, expression] of [
    ['errorPrefix', errors],
    ['backupPrefix', backup],
  ] as const) {
    if (has(expression, 'partition-key'))
      problems.push({
        path,
        message: '!{partitionKeyFromQuery:…} can stand in the prefix only: not every record here has its keys',
      });
  }
  const plain = errors?.parts.every(({ kind }) => kind === 'literal') ?? true;
  if (!plain && !has(errors, 'error-output-type'))
    problems.push({
      path: 'errorPrefix',
      message: 'has expressions, so it must say where !{firehose:error-output-type} stands',
    });
  return problems;
}

/** Keys that the prefix names and nobody takes, and those that are taken for nothing. */
function keyProblems(prefix: PrefixExpression, declared: readonly string[]): DeliveryProblem[] {
  const used = prefix.parts.flatMap((part) => (part.kind === 'partition-key' ? [part.name] : []));
  return [
    ...used
      .filter((name) => !declared.includes(name))
      .map((name) => ({
        path: 'prefix',
        message: `partitionKeys has no "${name}". ${suggestion(name, declared)}`.trim(),
      })),
    ...declared
      .filter((name) => !used.includes(name))
      .map((name) => ({ path: `partitionKeys.${name}`, message: 'the prefix does not use this key' })),
  ];
}

function has(expression: PrefixExpression | undefined, kind: PrefixPart['kind']): boolean {
  return expression?.parts.some((part) => part.kind === kind) ?? false;
}
