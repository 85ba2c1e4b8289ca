import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { checkJars } from './jars.ts';
import { pythonPackages } from './python-packages.ts';
import type { Installation } from './service.ts';

const pinned = join(import.meta.dirname, 'spark');
const jarPins = join(pinned, 'jars.sha256');

/** Files of `jars`: what Spark is told to load. */
export const sparkJars = [
  'commons-pool2-2.12.1.jar',
  'kafka-clients-3.9.1.jar',
  'spark-sql-kafka-0-10_2.13-4.1.1.jar',
  'spark-token-provider-kafka-0-10_2.13-4.1.1.jar',
] as const;
/** As Maven names them: without version and ending. */
const artifacts = sparkJars.map((jar) => jar.replace(/-[\d.]+\.jar$/, ''));

const python = pythonPackages('spark');

/** Spark with its source for Kafka, to compare with: pyspark in `python`, which brings its own jars, and those of Kafka in `jars`. */
export const spark: Installation = {
  version: '4.1.1',
  needs: {
    ...python.needs,
    java: { install: 'Java 17 or newer', oldest: { major: 17, ask: ['--version'] } },
    mvn: { install: 'Maven 3.8 or newer' },
  },
  pins: [...python.pins, join(pinned, 'pom.xml'), jarPins],
  install: async (folder, run, progress) => {
    progress('some 450 MB from PyPI');
    await mkdir(join(folder, 'python'));
    await python.install(join(folder, 'python'), run, progress);
    await cp(join(pinned, 'pom.xml'), join(folder, 'pom.xml'));
    const copy = ['dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=jars'];
    const only = `-DincludeArtifactIds=${artifacts.join(',')}`;
    await run({ file: 'mvn', args: ['--batch-mode', '--quiet', ...copy, only], cwd: folder });
    await checkJars(join(folder, 'jars'), jarPins);
  },
};
