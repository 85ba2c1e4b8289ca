SELECT country, device_type AS device, sum(watch_duration_seconds) / 3600e0 AS watch_hours
FROM acme_telemetry.video_telemetry
WHERE year = :year AND month = :month AND day = :day AND event_type IN ('stop', 'complete')
GROUP BY 1, 2
ORDER BY 3 DESC
