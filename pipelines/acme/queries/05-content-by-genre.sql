-- Content performance by genre
-- Viewers, hours, completion and ratings of each genre.
-- database: acme_telemetry
-- workgroup: analysts
SELECT
  t.genre,
  COUNT(DISTINCT t.title_id) AS titles_watched,
  COUNT(DISTINCT v.customer_id) AS unique_viewers,
  ROUND(SUM(CASE WHEN v.event_type IN ('stop', 'complete') THEN v.watch_duration_seconds ELSE 0 END) / 3600.0, 1) AS watch_hours,
  ROUND(AVG(CASE WHEN v.event_type IN ('stop', 'complete') THEN v.completion_percentage END), 2) AS avg_completion,
  SUM(CASE WHEN v.event_type = 'complete' THEN 1 ELSE 0 END) AS completions,
  ROUND(AVG(t.viewer_rating), 2) AS avg_viewer_rating
FROM acme_telemetry.video_telemetry_json v
JOIN acme_streaming_data.titles t ON v.title_id = t.title_id
WHERE v.year = 2025 AND v.month = 8 AND v.day = 11
GROUP BY t.genre
ORDER BY watch_hours DESC, t.genre
