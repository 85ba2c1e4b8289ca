import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { PlayheadError } from '../base/errors.ts';
import { problemDetails, problemMediaType } from './problem.ts';

/** PEM texts. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

export interface HttpSettings {
  readonly tls?: TlsFiles;
  /** From the first byte of a request to its last; default 30 s. Who sends slower is cut off. */
  readonly requestTimeoutMs?: number;
}

/** Node's server with limits on how long a request may take to come. PH_USAGE for a certificate or key that is none. */
export function httpServer({ tls, requestTimeoutMs = 30_000 }: HttpSettings, listener: RequestListener): Server {
  const options = {
    requestTimeout: requestTimeoutMs,
    headersTimeout: Math.min(requestTimeoutMs, 10_000),
    connectionsCheckingInterval: Math.ceil(requestTimeoutMs / 6),
    keepAliveTimeout: 72_000,
  };
  if (tls === undefined) return createServer(options, listener);
  try {
    return createTlsServer({ ...options, ...tls, minVersion: 'TLSv1.2' }, listener);
  } catch (cause) {
    throw new PlayheadError('PH_USAGE', `the certificate or its key can't be used: ${String(cause)}`, {
      cause,
      hint: 'Both are PEM files, the certificate with its chain.',
    });
  }
}

/** Answers what never became a request: a body that came too slowly, or bytes that are not HTTP. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const tooSlow = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const problem = problemDetails(
    tooSlow
      ? new PlayheadError('PH_REQUEST_TIMEOUT', 'the request took too long to come')
      : new PlayheadError('PH_BODY_INVALID', 'this is not HTTP, or its headers are too large'),
  );
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title}\r\nContent-Type: ${problemMediaType}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    // Who does not end their side, must not keep the connection.
    () => socket.destroy(),
  );
}
