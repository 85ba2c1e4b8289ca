SELECT t.genre, 100e0 * count_if(v.completion_percentage >= 90) / count(*) AS completion_rate
FROM acme_telemetry.video_telemetry v
JOIN acme_streaming_data.titles t ON v.title_id = t.title_id
WHERE v.year = :year AND v.month = :month AND v.day = :day AND v.event_type IN ('stop', 'complete')
GROUP BY t.genre
ORDER BY 2 DESC
