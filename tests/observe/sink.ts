import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An HTTP server on loopback that takes notifications, or refuses them. */
export interface Sink {
  readonly url: string;
  readonly received: readonly { readonly headers: IncomingHttpHeaders; readonly message: Record<string, unknown> }[];
  /** The status that is answered; 0: none ever is. */
  answer(status: number, headers?: Readonly<Record<string, string>>): void;
  close(): Promise<void>;
}

export async function openSink(): Promise<Sink> {
  const received: { headers: IncomingHttpHeaders; message: Record<string, unknown> }[] = [];
  let [status, extra]: [number, Readonly<Record<string, string>>] = [204, {}];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => {
      body += piece.toString();
    });
    request.on('end', () => {
      if (status === 0) return;
      // What a notifier posts is one JSON object.
      if (status < 300)
        received.push({ headers: request.headers, message: JSON.parse(body) as Record<string, unknown> });
      response.writeHead(status, extra).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // It listens on a port.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/alerts`,
    received,
    answer: (next, headers = {}) => {
      [status, extra] = [next, headers];
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
