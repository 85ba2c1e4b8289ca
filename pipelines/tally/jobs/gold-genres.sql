-- Each genre of the day: how many shows have it, and how they do. A show of two genres counts for both, for each once.
-- Of a show that several lists have, the one that says the highest popularity counts; of those, the one that knows of more votes.
WITH daily AS (
  SELECT popularity, vote_average, vote_count, genre_ids
  FROM (
    SELECT
      *,
      ROW_NUMBER() OVER (PARTITION BY show_id ORDER BY popularity DESC, vote_count DESC, data_type) AS place
    FROM tally_dev.silver_shows
  )
  WHERE place = 1
)
SELECT
  genre AS genre_id,
  COALESCE(MAX(g.name), CONCAT('Genre ', CAST(genre AS VARCHAR))) AS genre,
  COUNT(*) AS shows,
  AVG(d.popularity) AS avg_popularity,
  AVG(d.vote_average) AS avg_rating,
  SUM(d.vote_count) AS votes,
  CAST(COUNT(*) AS DOUBLE) / (SELECT COUNT(*) FROM daily) AS share
FROM daily d
CROSS JOIN UNNEST(ARRAY_DISTINCT(d.genre_ids)) AS t(genre)
LEFT JOIN tally_dev.genres g ON g.genre_id = genre
GROUP BY genre
