SELECT t.title_name AS title, t.title_type AS kind, t.genre,
  count(DISTINCT v.customer_id) AS households,
  sum(v.watch_duration_seconds) / 3600e0 AS watch_hours,
  100e0 * count_if(v.completion_percentage >= 90) / count(*) AS completion_rate
FROM acme_telemetry.video_telemetry v
JOIN acme_streaming_data.titles t ON v.title_id = t.title_id
WHERE v.year = :year AND v.month = :month AND v.day = :day AND v.event_type IN ('stop', 'complete')
GROUP BY t.title_id, t.title_name, t.title_type, t.genre
ORDER BY watch_hours DESC, title
LIMIT 15
