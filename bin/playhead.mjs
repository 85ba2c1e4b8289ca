#!/usr/bin/env node
// The published command. Plain JavaScript that the oldest Node understands, so that it can say what is missing.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { isatty } from 'node:tty';
import { fileURLToPath } from 'node:url';

const needed = 24;
const major = Number(process.versions.node.split('.')[0]);

if (!existsSync(new URL('../dist/src/cli/main.js', import.meta.url))) {
  process.stderr.write(
    '✗ Playhead is not built here\n' +
      '  → In a checkout, run ./playhead: it runs the sources. `npm run build` makes what this file runs.\n' +
      '  PH_DEPENDENCY_MISSING\n',
  );
  process.exitCode = 5;
} else if (major >= needed) {
  await import('../dist/src/cli/main.js');
} else {
  // `npm install node@24` puts one beside us: then the user need not care.
  const beside = ['../node_modules/node/bin/node', '../../node/bin/node']
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path));
  if (beside === undefined) {
    process.stderr.write(
      `✗ Playhead needs Node ${needed} or newer; this is ${process.versions.node}\n` +
        `  → npm install node@${needed} (here, beside Playhead), or install it from https://nodejs.org\n` +
        '  PH_NODE_TOO_OLD\n',
    );
    process.exitCode = 5;
  } else {
    const main = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url));
    const child = spawn(beside, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
    child.on('exit', (code) => {
      process.exitCode = code ?? 1;
    });
    // A terminal gives Ctrl-C to both, and a second one would end the other at once; any other signal comes to us alone.
    process.on('SIGINT', () => isatty(0) || child.kill('SIGINT'));
    process.on('SIGTERM', () => child.kill('SIGTERM'));
  }
}
