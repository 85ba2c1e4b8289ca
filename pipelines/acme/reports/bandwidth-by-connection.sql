SELECT connection_type AS connection,
  approx_percentile(bandwidth_mbps, 0.1) AS low,
  approx_percentile(bandwidth_mbps, 0.5) AS median,
  approx_percentile(bandwidth_mbps, 0.9) AS high
FROM acme_telemetry.video_telemetry
WHERE year = :year AND month = :month AND day = :day
GROUP BY 1
ORDER BY 3 DESC
