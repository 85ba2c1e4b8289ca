-- Top climbers
-- Shows whose popularity rose most against the day before, on the latest day.
-- database: tally_dev
-- workgroup: tally-dev
SELECT show_id, title, popularity, popularity_rank, change_1d, change_7d, trend_7d
FROM tally_dev.gold_popularity
WHERE dt = (SELECT MAX(dt) FROM tally_dev.gold_popularity)
  AND change_1d > 0
ORDER BY change_1d DESC, show_id
LIMIT 20
