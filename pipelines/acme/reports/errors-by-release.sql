-- Releases with too few plays would lead the list by chance.
SELECT app_version AS release, 100e0 * count_if(error_count > 0) / count(*) AS plays_with_errors
FROM acme_telemetry.video_telemetry
WHERE year = :year AND month = :month AND day = :day AND event_type IN ('stop', 'complete')
GROUP BY app_version
HAVING count(*) > 100
ORDER BY 2 DESC, 1
LIMIT 12
