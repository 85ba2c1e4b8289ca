-- Each event of landing, with its time as a timestamp; the job that runs this drops events that came twice.
SELECT
  event_id,
  user_id,
  session_id,
  event_type,
  event_timestamp,
  show_id,
  season,
  episode,
  watch_seconds,
  rating,
  plan,
  platform,
  app_version,
  country,
  from_iso8601_timestamp(event_timestamp) AS event_time
FROM tally_dev.user_events_json
