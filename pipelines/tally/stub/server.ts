import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type FaultName, faults } from './faults.ts';
import { showLists, showsPageOf } from './lists.ts';
import { genres } from './made-up-shows.ts';

/** A request as faults are chosen by it. */
export interface StubRequest {
  readonly path: string;
  readonly page: number;
  /** How often this page was asked for before. */
  readonly before: number;
}

export interface StubSettings {
  /** The only key that is let in. */
  readonly key: string;
  /** The day that lists are of, ms since 1970 UTC. */
  now(): number;
  /** Default 1. */
  readonly seed?: number;
  /** What goes wrong with a request; undefined where nothing does. */
  fault?(request: StubRequest): FaultName | undefined;
}

/** A server that speaks as TMDB's API does, on shows that nobody made. */
export interface Stub {
  /** Base URL: what `https://api.themoviedb.org/3` is. */
  readonly url: string;
  /** What was asked for so far, in order. */
  readonly requests: readonly StubRequest[];
  close(): Promise<void>;
}

const dayMs = 86_400_000;
const mostPages = 500;

/** Starts a stub on a free port of this machine alone. */
export async function startStub(settings: StubSettings): Promise<Stub> {
  const requests: StubRequest[] = [];
  const server = createServer((request, response) => answer(request, response, settings, requests));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo; // a server that listens on a port has one
  return {
    url: `http://127.0.0.1:${port}/3`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(request: IncomingMessage, response: ServerResponse, settings: StubSettings, log: StubRequest[]): void {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const path = url.pathname.replace(/^\/3/, '');
  const page = Number(url.searchParams.get('page') ?? '1');
  const before = log.filter((each) => each.path === path && each.page === page).length;
  const asked = { path, page, before };
  log.push(asked);
  const list = Object.hasOwn(showLists, path) ? showLists[path] : undefined;
  const fault = settings.fault?.(asked);
  if (!isLetIn(request, url, settings.key)) {
    send(response, 401, refusal(7, 'Invalid API key: You must be granted a valid key.'));
  } else if (list === undefined && path !== '/genre/tv/list') {
    send(response, 404, refusal(34, 'The resource you requested could not be found.'));
  } else if (!Number.isInteger(page) || page < 1 || page > mostPages) {
    send(
      response,
      400,
      refusal(22, 'Invalid page: Pages start at 1 and max at 500. They are expected to be an integer.'),
    );
  } else {
    const day = Math.floor(settings.now() / dayMs);
    const body = list === undefined ? { genres } : showsPageOf(list, settings.seed ?? 1, day, page);
    if (fault === undefined) send(response, 200, body);
    else faults[fault](response, body);
  }
}

function isLetIn({ headers }: IncomingMessage, url: URL, key: string): boolean {
  return url.searchParams.get('api_key') === key || headers.authorization === `Bearer ${key}`;
}

function refusal(code: number, message: string): unknown {
  return { success: false, status_code: code, status_message: message };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json;charset=utf-8' });
  response.end(JSON.stringify(body));
}
