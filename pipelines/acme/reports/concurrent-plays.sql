-- A sweep line: a play counts from its start until it ends, while it is not paused. One that began before the day counts
-- from midnight on.
WITH events AS (
  SELECT session_id, event_time, event_type,
    lag(event_type) OVER (PARTITION BY session_id ORDER BY event_time, position_seconds) AS before
  FROM acme_telemetry.video_telemetry
  WHERE year = :year AND month = :month AND day = :day
),
changes AS (
  SELECT event_time AS at, CASE
      WHEN event_type IN ('start', 'resume') THEN 1
      WHEN before = 'pause' THEN 0
      ELSE -1
    END AS change
  FROM events
  UNION ALL
  SELECT :from AS at, 1 AS change FROM events WHERE before IS NULL AND event_type IN ('pause', 'stop', 'complete')
),
slots AS (
  SELECT date_trunc('hour', at) + INTERVAL '10' MINUTE * CAST(floor(minute(at) / 10) AS integer) AS slot, sum(change) AS change
  FROM changes
  GROUP BY 1
)
SELECT slot, sum(change) OVER (ORDER BY slot) AS plays
FROM slots
ORDER BY slot
