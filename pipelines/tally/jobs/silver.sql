-- Each listed show, with one title, and 0 where nobody has voted yet.
SELECT
  id AS show_id,
  CASE WHEN coalesce(name, '') = '' THEN original_name ELSE name END AS title,
  original_name AS original_title,
  coalesce(popularity, 0) AS popularity,
  coalesce(vote_average, 0) AS vote_average,
  coalesce(vote_count, 0) AS vote_count,
  first_air_date,
  genre_ids,
  origin_country,
  poster_path,
  backdrop_path,
  overview,
  original_language,
  substr("_metadata".ingestion_timestamp, 1, 10) AS ingestion_date,
  "_metadata".data_type AS data_type
FROM tally_dev.bronze_shows
