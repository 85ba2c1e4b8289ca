SELECT date_trunc('hour', event_time) AS hour, device_type AS device,
  100e0 * count_if(error_count > 0) / count(*) AS plays_with_errors
FROM acme_telemetry.video_telemetry
WHERE year = :year AND month = :month AND day = :day AND event_type IN ('stop', 'complete')
GROUP BY 1, 2
ORDER BY 1, 2
