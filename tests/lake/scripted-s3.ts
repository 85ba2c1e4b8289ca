import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Answered {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface ScriptedS3 {
  readonly port: number;
  readonly asked: readonly Asked[];
  close(): Promise<void>;
}

/** Answers as the script says, else as an S3 that takes whatever comes: for what is sent, and for errors, not for semantics. */
export async function scriptedS3(
  script: (asked: Asked) => Answered | undefined,
  take: (request: IncomingMessage) => Promise<Buffer> = buffer,
): Promise<ScriptedS3> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void take(request).then((bytes) => {
      const { method = '', url = '', headers } = request;
      const one = { method, url, headers, body: bytes.toString('latin1') };
      asked.push(one);
      const { status = 200, headers: given = {}, body = '' } = script(one) ?? usual(one);
      response.writeHead(status, { 'content-type': 'application/xml', ...given });
      response.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A listening TCP server has a port.
  const { port } = server.address() as AddressInfo;
  return {
    port,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function refusal(status: number, code: string, more = '', headers: Answered['headers'] = {}): Answered {
  return {
    status,
    headers,
    body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message>${more}</Error>`,
  };
}

function usual({ method, url }: Asked): Answered {
  if (url.includes('versioning')) return { body: '<VersioningConfiguration/>' };
  if (method === 'GET' && url.includes('lifecycle')) return refusal(404, 'NoSuchLifecycleConfiguration');
  if (method === 'POST' && url.includes('uploads'))
    return { body: '<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>' };
  if (method === 'POST')
    return { body: '<CompleteMultipartUploadResult><ETag>"of-parts-3"</ETag></CompleteMultipartUploadResult>' };
  // Node says no length of what has no body.
  return { headers: { etag: '"e"', 'content-length': '0' } };
}
