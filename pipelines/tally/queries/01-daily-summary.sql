-- Daily summary
-- Shows and their averages by day and list.
-- database: tally_dev
-- workgroup: tally-dev
SELECT
  dt,
  data_type,
  COUNT(*) AS shows,
  ROUND(AVG(popularity), 2) AS avg_popularity,
  ROUND(AVG(vote_average), 2) AS avg_rating
FROM tally_dev.silver_shows
GROUP BY dt, data_type
ORDER BY dt DESC, data_type
