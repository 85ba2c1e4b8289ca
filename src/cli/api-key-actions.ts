import { PlayheadError } from '../base/errors.ts';
import { suggestion } from '../base/nearest.ts';
import { addressed, resolveAddress } from '../pipeline/graph/address.ts';
import { type ApiKey, type ApiKeys, openApiKeys } from '../server/api-keys.ts';
import { scopePattern, writeScope } from '../server/authenticate.ts';
import { openGatewayFile } from '../server/gateway-schema.ts';
import type { CommandResult } from './command.ts';
import type { Context } from './context.ts';
import { type GridColumn, grid } from './grid.ts';
import type { Invocation } from './invocation.ts';

/** Makes an API key and shows its token: the only time that it can be seen. */
export async function issue(invocation: Invocation, context: Context): Promise<CommandResult> {
  const name = required(invocation, 'NAME: whose key it is');
  const scopes = invocation.texts('scope') ?? [];
  const wrong = scopes.find((scope) => !scopePattern.test(scope));
  if (scopes.length === 0 || wrong !== undefined)
    throw new PlayheadError('PH_USAGE', wrong === undefined ? 'the key needs a scope' : `${wrong} is no scope`, {
      hint: 'Write --scope write:PIPELINE.STREAM, or write:* for every stream.',
    });
  const { pipelines } = await context.engine();
  const opened = addressed(pipelines, 'gateway').map(({ pipeline, definition }) =>
    writeScope(resolveAddress(pipelines, definition.into, ['stream'], pipeline).address),
  );
  const nowhere = scopes.find((scope) => scope !== 'write:*' && !opened.includes(scope));
  if (nowhere !== undefined)
    throw new PlayheadError('PH_USAGE', `no gateway writes what ${nowhere} allows: each request would be refused`, {
      hint: opened.length === 0 ? 'No pipeline here has a gateway.' : suggestion(nowhere, ['write:*', ...opened]),
    });
  return withKeys(context, async (keys) => {
    const { key, token } = await keys.issue(name, scopes);
    const text = `${token}\nKey ${key.id} of ${name} (${scopes.join(', ')}). This is the only time that it is shown: keep it now.`;
    return { data: { ...key, token }, text };
  });
}

/** Lists API keys; their secrets are nowhere. */
export async function issued(_: Invocation, context: Context): Promise<CommandResult> {
  return withKeys(context, async (keys) => {
    const all = keys.list();
    const { style, columns: maxWidth } = context.output;
    const text = grid(columns, all.map(rowOf), { maxWidth, paint: { header: style.dim, rule: style.dim } });
    return { data: { keys: all }, text: all.length === 0 ? 'No API key was issued.' : text };
  });
}

export async function revoke(invocation: Invocation, context: Context): Promise<CommandResult> {
  const id = required(invocation, 'ID: `playhead keys issued` lists them');
  return withKeys(context, async (keys) => {
    const key = keys.revoke(id);
    return { data: key, text: `key ${id} of ${key.name} opens nothing any more` };
  });
}

function required(invocation: Invocation, what: string): string {
  const given = invocation.argument(1);
  if (given !== undefined) return given;
  throw new PlayheadError('PH_USAGE', `${what.split(':')[0]} is missing`, { hint: what });
}

async function withKeys(context: Context, work: (keys: ApiKeys) => Promise<CommandResult>): Promise<CommandResult> {
  const engine = await context.engine();
  // Opens the home, and writes the call into its audit log.
  await engine.keys();
  const file = openGatewayFile(engine.home.gatewayFile);
  try {
    return await work(openApiKeys(file, engine.effects));
  } finally {
    file.close();
  }
}

const columns: readonly GridColumn[] = [
  { title: 'key' },
  { title: 'of' },
  { title: 'issued' },
  { title: 'revoked' },
  { title: 'scopes', apart: 'below' },
];

function rowOf({ id, name, scopes, createdMs, revokedMs }: ApiKey): readonly string[] {
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  return [id, name, day(createdMs), revokedMs === undefined ? '' : day(revokedMs), scopes.join(' ')];
}
