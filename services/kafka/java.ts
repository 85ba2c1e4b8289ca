import { join } from 'node:path';
import type { Program } from '../service.ts';

/** A program of the broker's jars: a main class and its arguments. */
export function java(installed: string, data: string, ...mainAndArgs: readonly string[]): Program {
  return {
    file: 'java',
    args: [
      '-Xmx512m',
      '-XX:+UseSerialGC',
      // Else each leaves a file in the system's temporary folder when it is killed.
      '-XX:-UsePerfData',
      // Its default is the system's temporary folder, where a killed program's files would stay.
      `-Djava.io.tmpdir=${data}`,
      `-Dlog4j2.configurationFile=${join(installed, 'log4j2.xml')}`,
      '-cp',
      join(installed, 'lib', '*'),
      ...mainAndArgs,
    ],
  };
}
