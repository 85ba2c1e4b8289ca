import type { ServerResponse } from 'node:http';

/** What a stub sends in place of the answer that it would have given: each is something that APIs do. */
type Fault = (response: ServerResponse, answer: Record<string, unknown>) => void;

const sendJson = (
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void => {
  response.writeHead(status, { 'content-type': 'application/json;charset=utf-8', ...headers });
  response.end(JSON.stringify(body));
};

const changed = (
  answer: Record<string, unknown>,
  change: (record: Record<string, unknown>) => Record<string, unknown>,
) => ({
  ...answer,
  results: (answer['results'] as Record<string, unknown>[]).map(change), // the stub's own answer
});

export const faults = {
  'rate limit': (response) =>
    sendJson(
      response,
      429,
      { success: false, status_code: 25, status_message: 'Your request count (#) is over the allowed limit of (40).' },
      { 'retry-after': '10' },
    ),
  'rate limit of the day': (response) =>
    sendJson(
      response,
      429,
      { success: false, status_code: 25, status_message: 'Your request count (#) is over the allowed limit.' },
      { 'retry-after': '900' },
    ),
  // For maintenance, by the clock that the answer itself shows.
  'closed until': (response) =>
    sendJson(
      response,
      503,
      { success: false, status_code: 46, status_message: 'The API is undergoing maintenance. Try again later.' },
      { date: 'Mon, 05 Jan 2026 03:00:00 GMT', 'retry-after': 'Mon, 05 Jan 2026 03:00:07 GMT' },
    ),
  forbidden: (response) =>
    sendJson(response, 403, {
      success: false,
      status_code: 36,
      status_message: 'This token has not been granted permission.',
    }),
  'server error': (response) =>
    sendJson(response, 500, {
      success: false,
      status_code: 11,
      status_message: 'Internal error: Something went wrong, contact TMDB.',
    }),
  'its address quoted': (response) =>
    sendJson(response, 500, {
      success: false,
      status_code: 11,
      status_message: `Could not answer ${response.req.url}`,
    }),
  // Nothing is ever sent: the one who asked has to give up.
  hang: () => {},
  truncated: (response, answer) => {
    const whole = JSON.stringify(answer);
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(whole)) });
    response.write(whole.slice(0, whole.length / 2));
    response.destroy();
  },
  'half of it': (response, answer) => {
    const whole = JSON.stringify(answer);
    response.end(whole.slice(0, whole.length / 2));
  },
  'a field gone': (response, answer) =>
    sendJson(
      response,
      200,
      changed(answer, ({ popularity: _, ...rest }) => rest),
    ),
  'a new field': (response, answer) =>
    sendJson(
      response,
      200,
      changed(answer, (record) => ({ ...record, networks: [{ id: 1, name: 'Made Up' }] })),
    ),
  'a new type': (response, answer) =>
    sendJson(
      response,
      200,
      changed(answer, (record) => ({ ...record, vote_average: String(record['vote_average']) })),
    ),
  empty: (response, answer) => sendJson(response, 200, { ...answer, results: [] }),
  // Whatever was asked for: the first page, under the number that was asked for.
  repeated: (response, answer) =>
    sendJson(response, 200, { ...answer, results: [{ id: 9_000_001, name: 'Again' }], total_pages: 1000 }),
  // A cache that looks at the path alone.
  'page 1 again': (response, answer) => sendJson(response, 200, { ...answer, page: 1 }),
  oversized: (response, answer) => sendJson(response, 200, { ...answer, padding: 'x'.repeat(9 * 1024 ** 2) }),
  nested: (response) => {
    response.end(`{"page":1,"results":${'['.repeat(100_000)}${']'.repeat(100_000)},"total_pages":1,"total_results":0}`);
  },
  // A body that goes on for as long as somebody reads it.
  endless: (response) => {
    response.write('{"results":[');
    const more = (): void => {
      while (!response.destroyed && response.write(' '.repeat(65_536)));
    };
    response.on('drain', more);
    more();
  },
  'its address in it': (response, answer) => sendJson(response, 200, { ...answer, asked: response.req.url }),
  moved: (response) => {
    response.writeHead(301, { location: 'http://127.0.0.1:9/elsewhere' });
    response.end();
  },
} as const satisfies Readonly<Record<string, Fault>>;

export type FaultName = keyof typeof faults;
