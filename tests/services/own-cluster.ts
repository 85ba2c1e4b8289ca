import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onFreePorts } from '../../services/free-port.ts';
import { installed } from '../../services/install.ts';
import { java } from '../../services/kafka/java.ts';
import { nodeProperties, propertiesText } from '../../services/kafka/server-properties.ts';
import { format, greets, kafka } from '../../services/kafka.ts';
import { runProgram } from '../../services/run-program.ts';
import { MortalProcess } from './mortal-process.ts';

/** Brokers of one cluster, each a controller as well, that a test may kill and start again. */
export interface OwnCluster {
  readonly addresses: readonly string[];
  /** By node: the first has the id 1. */
  readonly nodes: readonly MortalProcess[];
  remove(): Promise<void>;
}

const host = '127.0.0.1';

/** A killed broker is to be missed within seconds, and the cluster's own topics made in a moment. */
const hasty = {
  'broker.session.timeout.ms': 2000,
  'broker.heartbeat.interval.ms': 300,
  'controller.quorum.fetch.timeout.ms': 1000,
  'transaction.state.log.num.partitions': 3,
};

interface NodePlace {
  readonly id: number;
  readonly plain: number;
  readonly control: number;
  readonly data: string;
}

export async function ownCluster(size: number): Promise<OwnCluster> {
  const jars = await installed('kafka', kafka, () => {});
  const folder = await mkdtemp(join(tmpdir(), 'playhead-cluster-'));
  return onFreePorts(async (freePort) => {
    const places: NodePlace[] = [];
    for (let id = 1; id <= size; id += 1)
      places.push({ id, plain: await freePort(), control: await freePort(), data: join(folder, String(id)) });
    await rm(folder, { recursive: true });
    await makeFolders(jars, places);
    const nodes = places.map(({ data, plain }) => {
      const program = java(
        jars,
        data,
        '-Xmx256m',
        '-XX:TieredStopAtLevel=1',
        'kafka.Kafka',
        join(data, 'server.properties'),
      );
      return new MortalProcess({ program, answers: () => greets(plain) }, data);
    });
    const killed = () => Promise.all(nodes.map((node) => node.kill()));
    const started = await Promise.allSettled(nodes.map((node) => node.start()));
    for (const each of started) {
      if (each.status === 'fulfilled') continue;
      await killed();
      throw each.reason;
    }
    return {
      addresses: places.map(({ plain }) => `${host}:${plain}`),
      nodes,
      remove: async () => {
        await killed();
        await rm(folder, { recursive: true, force: true });
      },
    };
  });
}

/** The first node's folder is formatted; the others' are as that, but for who they are. */
async function makeFolders(jars: string, places: readonly NodePlace[]): Promise<void> {
  const voters = places.map(({ id, control }) => `${id}@${host}:${control}`);
  const [first] = places;
  for (const place of places) {
    const { id, plain, control, data } = place;
    await mkdir(data, { recursive: true });
    const properties = join(data, 'server.properties');
    const listeners = `PLAIN://${host}:${plain}`;
    const text = propertiesText({
      ...nodeProperties({ id, voters, data }),
      ...hasty,
      'listener.security.protocol.map': 'PLAIN:PLAINTEXT,CONTROL:PLAINTEXT',
      listeners: `${listeners},CONTROL://${host}:${control}`,
      'advertised.listeners': listeners,
    });
    await writeFile(properties, text);
    if (first === undefined || place === first) {
      await format({ installed: jars, data, run: runProgram }, properties, []);
      continue;
    }
    await cp(join(first.data, 'log'), join(data, 'log'), { recursive: true });
    const file = join(data, 'log', 'meta.properties');
    const directory = randomBytes(16).toString('base64url');
    const own = (await readFile(file, 'utf8'))
      .replace(/^node\.id=.*$/m, `node.id=${id}`)
      .replace(/^directory\.id=.*$/m, `directory.id=${directory}`);
    await writeFile(file, own);
  }
}
