-- Shows by language
-- database: tally_dev
-- workgroup: tally-dev
SELECT
  original_language,
  COUNT(DISTINCT show_id) AS shows,
  ROUND(AVG(popularity), 2) AS avg_popularity,
  ROUND(AVG(vote_average), 2) AS avg_rating
FROM tally_dev.silver_shows
GROUP BY original_language
ORDER BY shows DESC, original_language
