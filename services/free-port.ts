import { once } from 'node:events';
import { createServer } from 'node:net';

const mostAttempts = 5;

/**
 * Starts a server on free ports. A port that was free may be another process's before the server listens: where it does not
 * start, and one of its ports is taken, it is started again on others. What failed must have ended when `start` throws.
 */
export async function onFreePorts<T>(start: (freePort: () => Promise<number>) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const given: number[] = [];
    try {
      return await start(async () => {
        const port = await listenOn(0);
        given.push(port);
        return port;
      });
    } catch (failure) {
      if (attempt === mostAttempts || !(await isAnyTaken(given))) throw failure;
    }
  }
}

async function isAnyTaken(ports: readonly number[]): Promise<boolean> {
  for (const port of ports) {
    const taken = await listenOn(port).then(
      () => false,
      () => true,
    );
    if (taken) return true;
  }
  return false;
}

/** Listens on a loopback port for a moment, and returns which it was: of 0 the system makes one that is free. */
async function listenOn(wanted: number): Promise<number> {
  const server = createServer().listen(wanted, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}
