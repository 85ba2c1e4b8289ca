const devices = ['tv', 'web', 'mobile'] as const;
const titles = ['harbour-lights', 'the-long-way', 'second-spring', 'northbound'] as const;
const start = Date.UTC(2025, 7, 11, 18);

/** The records of a project without a sample: an evening of plays, one of them sent twice. */
export function exampleRecords(): string {
  const plays = Array.from({ length: 48 }, (_, n) => ({
    play_id: `play-${String(n + 1).padStart(4, '0')}`,
    title: titles[(n * 7) % titles.length],
    device: devices[(n * 5) % devices.length],
    started_at: new Date(start + n * 240_000).toISOString(),
    seconds_watched: (n * 787) % 5400,
    completed: n % 3 === 0,
  }));
  return [...plays, ...plays.slice(0, 1)].map((play) => `${JSON.stringify(play)}\n`).join('');
}
