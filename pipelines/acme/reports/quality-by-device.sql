SELECT device_type AS device, quality,
  100e0 * sum(buffering_duration_seconds) / nullif(sum(watch_duration_seconds), 0) AS rebuffering_ratio
FROM acme_telemetry.video_telemetry
WHERE year = :year AND month = :month AND day = :day AND event_type IN ('stop', 'complete')
GROUP BY 1, 2
ORDER BY 1, 2
