-- Each genre of the day: how many shows have it, and how they do. A show of two genres counts for both.
WITH daily AS (
  SELECT
    show_id,
    MAX(popularity) AS popularity,
    MAX_BY(vote_average, popularity) AS vote_average,
    MAX_BY(vote_count, popularity) AS vote_count,
    MAX_BY(genre_ids, popularity) AS genre_ids
  FROM tally_dev.silver_shows
  GROUP BY show_id
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
CROSS JOIN UNNEST(d.genre_ids) AS t(genre)
LEFT JOIN tally_dev.genres g ON g.genre_id = genre
GROUP BY genre
