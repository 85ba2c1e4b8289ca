-- Last seven days
-- Averages by day, as of today.
-- database: tally_dev
-- workgroup: tally-dev
SELECT
  dt,
  COUNT(*) AS shows,
  ROUND(AVG(popularity), 2) AS avg_popularity,
  ROUND(AVG(vote_average), 2) AS avg_rating
FROM tally_dev.silver_shows
WHERE dt >= DATE_FORMAT(DATE_ADD('day', -7, CURRENT_DATE), '%Y-%m-%d')
GROUP BY dt
ORDER BY dt DESC
