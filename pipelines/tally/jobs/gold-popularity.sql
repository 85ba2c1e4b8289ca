-- Each show of the day, at its highest popularity of all lists, against exactly one and seven days before. Of lists that say the
-- same one, the title is that of the list which knows of more votes.
-- The trend is the least-squares slope a day over the seven days up to this one, of shows seen on three of them or more.
WITH daily AS (
  SELECT dt, show_id, title, popularity
  FROM (
    SELECT
      *,
      ROW_NUMBER() OVER (PARTITION BY dt, show_id ORDER BY popularity DESC, vote_count DESC, data_type) AS place
    FROM tally_dev.silver_shows
  )
  WHERE place = 1
),
dated AS (
  SELECT *, DATE_DIFF('day', CAST(dt AS DATE), (SELECT MAX(CAST(dt AS DATE)) FROM daily)) AS age
  FROM daily
)
SELECT
  show_id,
  MAX(CASE WHEN age = 0 THEN title END) AS title,
  MAX(CASE WHEN age = 0 THEN popularity END) AS popularity,
  RANK() OVER (ORDER BY MAX(CASE WHEN age = 0 THEN popularity END) DESC) AS popularity_rank,
  MAX(CASE WHEN age = 0 THEN popularity END) - MAX(CASE WHEN age = 1 THEN popularity END) AS change_1d,
  MAX(CASE WHEN age = 0 THEN popularity END) - MAX(CASE WHEN age = 7 THEN popularity END) AS change_7d,
  CASE
    WHEN COUNT_IF(age < 7) >= 3
    THEN REGR_SLOPE(CASE WHEN age < 7 THEN popularity END, CASE WHEN age < 7 THEN CAST(-age AS DOUBLE) END)
  END AS trend_7d
FROM dated
GROUP BY show_id
HAVING COUNT_IF(age = 0) > 0
