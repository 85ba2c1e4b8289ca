SELECT date_trunc('hour', event_time) AS hour, approx_percentile(bandwidth_mbps, 0.5) AS median
FROM acme_telemetry.video_telemetry
WHERE year = :year AND month = :month AND day = :day
GROUP BY 1
ORDER BY 1
