SELECT isp, count(*) AS plays,
  100e0 * sum(buffering_duration_seconds) / nullif(sum(watch_duration_seconds), 0) AS rebuffering_ratio,
  CAST(sum(buffering_events) AS double) / count(*) AS rebuffering_events,
  100e0 * count_if(error_count > 0) / count(*) AS plays_with_errors,
  approx_percentile(bandwidth_mbps, 0.5) AS bandwidth
FROM acme_telemetry.video_telemetry
WHERE year = :year AND month = :month AND day = :day AND event_type IN ('stop', 'complete')
GROUP BY isp
HAVING count(*) > 50
ORDER BY rebuffering_ratio DESC, isp
LIMIT 15
