import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Effects } from '../base/effects.ts';
import { isPlayheadError } from '../base/errors.ts';
import { requestFault } from '../base/request-fault.ts';
import type { Sqlite } from '../base/sqlite.ts';
import { counted, formatDuration, seconds } from '../base/units.ts';
import { type Found, faulty, type Link, type Probe, waiting, well } from '../check/link.ts';
import { isDead } from '../commit/holder.ts';
import type { Engine } from '../pipeline/engine/bind.ts';
import { addressed, resolveAddress } from '../pipeline/graph/address.ts';
import { openApiKeys } from './api-keys.ts';
import { allows, writeScope } from './authenticate.ts';
import { openGatewayFile } from './gateway-schema.ts';
import { type Listening, listeningIn } from './listening.ts';

/** A server on this machine that takes longer is not ready. */
const patienceMs = seconds(3);

/** Does an API key open each gateway, and does the server that serves it answer? */
export const probeGateways: Probe = async (engine, pipeline) => {
  const links: Link[] = [];
  for (const { address, definition } of addressed([pipeline], 'gateway')) {
    const stream = resolveAddress(engine.pipelines, definition.into, ['stream'], pipeline.name).address;
    links.push({ kind: 'gateway', address, ...(await look(engine, stream)) });
  }
  return links;
};

async function look(engine: Engine, stream: string): Promise<Found> {
  const { effects, home } = engine;
  const issue = `playhead keys issue NAME --scope ${writeScope(stream)}`;
  const none = waiting('no API key opens it yet', issue);
  const there = await effects.fs.stat(home.gatewayFile).catch(() => undefined);
  if (there === undefined) return none;
  try {
    const file = openGatewayFile(home.gatewayFile, 'read');
    try {
      const keys = openApiKeys(file, effects).list();
      const open = keys.filter((key) => key.revokedMs === undefined && allows(key, writeScope(stream)));
      return open.length === 0 ? none : await served(file, counted(open.length, 'API key'), effects);
    } finally {
      file.close();
    }
  } catch (error) {
    if (!isPlayheadError(error)) throw error;
    return faulty(error.message, error.hint);
  }
}

async function served(file: Sqlite, keys: string, effects: Effects): Promise<Found> {
  const servers = listeningIn(file);
  let silent: Found | undefined;
  for (const server of servers) {
    const fault = await faultOf(server, effects);
    if (fault === undefined) {
      const since = formatDuration(Math.max(0, effects.clock.now() - server.sinceMs));
      return well(`${server.url} answers, for ${since}; ${keys}`);
    }
    silent ??= faulty(fault, 'playhead serve');
  }
  return silent ?? waiting(`${keys}; nobody serves it now`, 'playhead serve');
}

async function faultOf({ process, url }: Listening, effects: Effects): Promise<string | undefined> {
  if (await isDead(process, effects)) return `process ${process.pid}, which served it at ${url}, died`;
  const status = await statusOf(`${url}/readyz`).catch((error: unknown) => requestFault(error));
  return status === 200 ? undefined : `${url} takes no records: ${status}`;
}

/** The certificate is for those who send: here it is this machine that asks itself. */
function statusOf(url: string): Promise<number | undefined> {
  const options = { method: 'GET', timeout: patienceMs, rejectUnauthorized: false };
  return new Promise((resolve, reject) => {
    const ask = url.startsWith('https:') ? httpsRequest : httpRequest;
    const request = ask(url, options, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${formatDuration(patienceMs)}`)));
    request.on('error', reject);
    request.end();
  });
}
