/** From when to when, of whatever asks for a time range. */
export const timeRange = [
  ['--from <time>', 'begin of the time range, UTC: 2025-08-11 or 2025-08-11T06:00:00Z'],
  ['--to <time>', 'its end, not included'],
] as const;

/** What a simulation can be told, by `generate` and `run` alike. */
export const simulation = [
  ['--seed <n>', 'same seed, same records (default: the definition’s)'],
  ['--rate <n>', 'events a second at every hour, in place of the daily curve'],
  ['--events-per-day <n>', 'in place of the definition’s'],
  ['--late <share>', 'share of events that arrive up to six hours late: 0.01'],
  ['--out-of-order <share>', 'share that arrives after the next event of its session'],
  ['--duplicated <share>', 'share that arrives again, the same bytes'],
  ['--conflicting <share>', 'share that arrives again with the same id and another payload'],
  ['--malformed <share>', 'share of which a broken copy arrives besides'],
  ['--invalid <share>', 'share of which a copy that breaks a rule of its fields arrives besides'],
  [
    '--incident <specs...>',
    'kind,from=TIME,to=TIME,magnitude=N and whom: [,country=][,isp=][,release=][,os=]; kinds: isp-outage, cdn-degradation, bad-release, demand-spike',
  ],
  ['--truth <file>', 'write down what was made, injected records and all'],
] as const;
