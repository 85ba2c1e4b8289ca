SELECT
  count_if(event_type = 'start') AS plays,
  count(DISTINCT customer_id) AS households,
  sum(CASE WHEN event_type IN ('stop', 'complete') THEN watch_duration_seconds END) / 3600e0 AS watch_hours,
  avg(CASE WHEN event_type IN ('stop', 'complete') THEN watch_duration_seconds - buffering_duration_seconds END) / 60e0 AS minutes_per_play,
  100e0 * count_if(event_type IN ('stop', 'complete') AND completion_percentage >= 90) / nullif(count_if(event_type IN ('stop', 'complete')), 0) AS completion_rate,
  100e0 * sum(CASE WHEN event_type IN ('stop', 'complete') THEN buffering_duration_seconds END)
    / nullif(sum(CASE WHEN event_type IN ('stop', 'complete') THEN watch_duration_seconds END), 0) AS rebuffering_ratio,
  100e0 * count_if(event_type IN ('stop', 'complete') AND error_count > 0) / nullif(count_if(event_type IN ('stop', 'complete')), 0) AS plays_with_errors,
  avg(bandwidth_mbps) AS bandwidth
FROM acme_telemetry.video_telemetry
WHERE year = :year AND month = :month AND day = :day
