import { test } from 'node:test';
import { type Death, killReplays } from '../transform/killed-replays.ts';
import { soakCases } from './length.ts';

test('a replay that is killed at any step is finished by the next one, and each record is written once', () =>
  killReplays(
    soakCases<Death>([
      ['replay.chosen', 1, 'replay'],
      ['job.planning', 1, 'run'],
      ['job.planned', 1, 'run'],
      ['table.publishing', 2, 'replay'],
      ['job.object', 1, 'replay'],
      ['job.sidecar', 2, 'run'],
      ['job.quarantined', 1, 'run'],
      ['replay.rewritten', 1, 'replay'],
      ['replay.rewritten', 2, 'run'],
      ['job.committed', 1, 'run'],
    ]),
  ));
