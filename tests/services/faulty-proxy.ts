import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What becomes of one request. Those `…After` reach the store, which does what is asked: only its answer is lost. */
export const faults = {
  internalError: (answer) => refuse(answer, 500, 'InternalError'),
  slowDown: (answer) => refuse(answer, 503, 'SlowDown'),
  reset: (answer) => answer.socket?.resetAndDestroy(),
  stall: () => {},
  internalErrorAfter: (answer, forward) => forward(() => refuse(answer, 500, 'InternalError')),
  resetAfter: (answer, forward) => forward(() => answer.socket?.resetAndDestroy()),
  stallAfter: (_, forward) => forward(() => {}),
  /** Half of the body, then the end of the connection. */
  truncated: (answer, forward) =>
    forward((body, head) => {
      head();
      answer.write(body.subarray(0, body.length / 2), () => answer.socket?.resetAndDestroy());
    }),
  /** Half of the body, then nothing more. */
  stallInBody: (answer, forward) =>
    forward((body, head) => {
      head();
      answer.write(body.subarray(0, body.length / 2));
    }),
  /** A bit of the body is another one than the store has. */
  flippedBit: (answer, forward) =>
    forward((body, head) => {
      head();
      const changed = Buffer.from(body);
      if (changed.length > 0) changed[changed.length >> 1] = (changed[changed.length >> 1] ?? 0) ^ 1;
      answer.end(changed);
    }),
  expiredToken: (answer) => refuse(answer, 400, 'ExpiredToken'),
} as const satisfies Readonly<Record<string, (answer: ServerResponse, forward: Forward) => unknown>>;

export type Fault = keyof typeof faults;

/** Passes the request on; then is told the whole body of the answer, and how to send its head. */
type Forward = (then: (body: Buffer, head: () => void) => void) => void;

export interface FaultyProxy {
  readonly endpoint: string;
  /** Which faults struck, in order. */
  readonly struck: readonly Fault[];
  close(): Promise<void>;
}

/** An HTTP proxy before a store: the requests pass unchanged, signature and all, but for those that `faultOf` strikes. */
export async function faultyProxy(
  store: string,
  faultOf: (asked: IncomingMessage) => Fault | undefined,
): Promise<FaultyProxy> {
  const struck: Fault[] = [];
  const server = createServer((asked, answer) => {
    answer.on('error', () => {});
    void buffer(asked).then(
      (bytes) => {
        const forward = forwarding(store, asked, bytes, answer);
        const fault = faultOf(asked);
        if (fault === undefined)
          return forward((body, head) => {
            head();
            answer.end(body);
          });
        struck.push(fault);
        faults[fault](answer, forward);
      },
      () => {},
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A listening TCP server has a port.
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    struck,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function forwarding(store: string, asked: IncomingMessage, bytes: Buffer, answer: ServerResponse): Forward {
  return (then) => {
    const { method, url, rawHeaders } = asked;
    const { hostname, port } = new URL(store);
    const passed = request({ hostname, port, method, path: url, headers: rawHeaders }, (got) => {
      void buffer(got).then((body) => then(body, () => answer.writeHead(got.statusCode ?? 502, got.rawHeaders)));
    });
    passed.on('error', () => answer.socket?.resetAndDestroy());
    passed.end(bytes);
  };
}

function refuse(answer: ServerResponse, status: number, code: string): void {
  answer.writeHead(status, { 'content-type': 'application/xml' });
  answer.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>struck by the test</Message></Error>`);
}
