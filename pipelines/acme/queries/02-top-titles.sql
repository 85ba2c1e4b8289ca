-- Top titles
-- The twenty titles with the most viewers, with what the catalogue says of them.
-- database: acme_telemetry
-- workgroup: analysts
SELECT
  t.title_id,
  t.title_name,
  t.title_type,
  t.genre,
  t.release_year,
  COUNT(DISTINCT v.customer_id) AS unique_viewers,
  COUNT(DISTINCT v.session_id) AS sessions,
  ROUND(SUM(CASE WHEN v.event_type IN ('stop', 'complete') THEN v.watch_duration_seconds ELSE 0 END) / 3600.0, 1) AS watch_hours,
  ROUND(AVG(CASE WHEN v.event_type IN ('stop', 'complete') THEN v.completion_percentage END), 2) AS avg_completion
FROM acme_telemetry.video_telemetry_json v
JOIN acme_streaming_data.titles t ON v.title_id = t.title_id
WHERE v.year = 2025 AND v.month = 8 AND v.day = 11
GROUP BY t.title_id, t.title_name, t.title_type, t.genre, t.release_year
ORDER BY unique_viewers DESC, t.title_id
LIMIT 20
