-- Titles: $rows of them, the same for the same $seed. "The last twenty years" count from $as_of. All names are made up.
-- Each column draws from its own md5 of (seed, row, column): DuckDB promises md5 between versions, not hash() or random().
WITH draws AS (
  SELECT
    i,
    md5(concat_ws(':', $seed, 'title', i)) AS digest,
    list_transform(range(26), lambda c: md5_number_lower(concat_ws(':', $seed, 'title', i, c)) / 18446744073709551616.0) AS u,
    -- beta(2, 5) is the second smallest of six uniform draws, beta(3, 2) the third smallest of four.
    list_sort(list_transform(range(6), lambda c: md5_number_lower(concat_ws(':', $seed, 'popularity', i, c)) / 18446744073709551616.0))[2]
      AS popularity,
    list_sort(list_transform(range(4), lambda c: md5_number_lower(concat_ws(':', $seed, 'critics', i, c)) / 18446744073709551616.0))[3]
      AS criticism,
    list_sort(list_transform(range(4), lambda c: md5_number_lower(concat_ws(':', $seed, 'viewers', i, c)) / 18446744073709551616.0))[3]
      AS liking
  FROM range($rows) AS numbered(i)
),
countries(production_country, original_language, low) AS (
  VALUES
    ('United States', 'English', 0.00), ('United Kingdom', 'English', 0.45), ('Canada', 'English', 0.57),
    ('Germany', 'German', 0.64), ('France', 'French', 0.71), ('Australia', 'English', 0.78), ('Japan', 'Japanese', 0.83),
    ('Brazil', 'Portuguese', 0.90), ('India', 'Hindi', 0.94), ('South Korea', 'Korean', 0.97)
),
sub_genres(genre, names) AS (
  VALUES
    ('Drama', ['Family Drama', 'Legal Drama', 'Period Drama', 'Medical Drama']),
    ('Action', ['Martial Arts', 'Spy', 'Heist', 'Military']),
    ('Comedy', ['Romantic Comedy', 'Satire', 'Slapstick', 'Workplace Comedy']),
    ('Thriller', ['Psychological Thriller', 'Crime Thriller', 'Political Thriller', 'Techno-Thriller']),
    ('Sci-Fi', ['Space Opera', 'Time Travel', 'Dystopia', 'First Contact']),
    ('Romance', ['Period Romance', 'Second Chance', 'Summer Romance', 'Tragic Romance']),
    ('Horror', ['Haunted House', 'Folk Horror', 'Creature', 'Psychological Horror']),
    ('Documentary', ['Nature', 'History', 'Science', 'Society']),
    ('Animation', ['Family Animation', 'Stop Motion', 'Fantasy Animation', 'Adult Animation'])
),
chosen AS (
  SELECT
    *,
    CASE WHEN u[1] < 0.6 THEN 'movie' WHEN u[1] < 0.9 THEN 'series' ELSE 'documentary' END AS title_type,
    CASE WHEN u[2] < 0.20 THEN 'Drama' WHEN u[2] < 0.35 THEN 'Action' WHEN u[2] < 0.50 THEN 'Comedy'
      WHEN u[2] < 0.62 THEN 'Thriller' WHEN u[2] < 0.72 THEN 'Sci-Fi' WHEN u[2] < 0.82 THEN 'Romance'
      WHEN u[2] < 0.90 THEN 'Horror' WHEN u[2] < 0.95 THEN 'Documentary' ELSE 'Animation' END AS genre,
    CAST($as_of AS DATE) - CAST(1 + floor(u[3] * 7304) AS INT) AS release_date,
    ['Amber', 'Ashen', 'Borrowed', 'Brazen', 'Copper', 'Crooked', 'Distant', 'Drowned', 'Faded', 'Feathered', 'Folded', 'Gilded',
     'Hollow', 'Idle', 'Ivory', 'Jagged', 'Kindled', 'Lacquered', 'Lonesome', 'Mended', 'Moonless', 'Muted', 'Nameless', 'Outer',
     'Painted', 'Patient', 'Quiet', 'Restless', 'Rusted', 'Salted', 'Scarlet', 'Slanted', 'Splintered', 'Tangled', 'Thirteenth',
     'Unmapped', 'Velvet', 'Wandering', 'Woven', 'Yearlong'][1 + floor(u[4] * 40)::INT] AS adjective,
    ['Almanac', 'Anchorage', 'Beacon', 'Bramble', 'Carousel', 'Causeway', 'Cipher', 'Compass', 'Corridor', 'Ferry', 'Foundry',
     'Garden', 'Harvest', 'Heirloom', 'Horizon', 'Ledger', 'Lantern', 'Lighthouse', 'Meridian', 'Mirror', 'Orchard', 'Parade',
     'Pendulum', 'Quarry', 'Radio', 'Reservoir', 'Satellite', 'Signal', 'Staircase', 'Station', 'Tides', 'Trellis', 'Turnstile',
     'Umbrella', 'Vineyard', 'Voyage', 'Waltz', 'Weathervane', 'Windmill', 'Zeppelin'][1 + floor(u[5] * 40)::INT] AS noun,
    ['Aldmoor', 'Brennhollow', 'Calderwick', 'Dunmarrow', 'Eskerby', 'Farrowmere', 'Gallowfen', 'Hexley', 'Ilverstone', 'Kelsgate',
     'Lornwater', 'Morrowby', 'Nettleham Deep', 'Orrinfell', 'Pellucid Bay', 'Quillmoor', 'Rathgarrow', 'Sablewick', 'Tarnholt',
     'Umberleigh Rise', 'Varnmouth', 'Wendlebury', 'Yarrowick', 'Zennorby'][1 + floor(u[6] * 24)::INT] AS place,
    ['Alba', 'Amir', 'Anouk', 'Ben', 'Carla', 'Dario', 'Dina', 'Edda', 'Emre', 'Fay', 'Femi', 'Gus', 'Hana', 'Idris', 'Ines',
     'Jonas', 'Jun', 'Kaya', 'Lars', 'Lena'] AS given,
    ['Alder', 'Barrowby', 'Coldharbour', 'Dawnley', 'Elmsworth', 'Fenwright', 'Glasswater', 'Hollowell', 'Inglefield', 'Juniper',
     'Kestrel', 'Larkmead', 'Merrifield', 'Ottersby', 'Quarrington', 'Ravensby', 'Saltmarsh', 'Tamarisk', 'Whitlock', 'Zephyrine']
      AS family
  FROM draws
),
costed AS (
  -- Budgets are lognormal about 20 million; takings about 1.4 times that, with as wide a spread.
  SELECT *, round(exp(3 + 0.9 * sqrt(-2 * ln(1 - u[13])) * cos(2 * pi() * u[14])), 2) AS budget_millions FROM chosen
)
SELECT
  format('TITLE_{}_{:06d}', left(digest, 8), i % 1000000) AS title_id,
  CASE floor(u[7] * 3)::INT
    WHEN 0 THEN 'The ' || adjective || ' ' || noun
    WHEN 1 THEN adjective || ' ' || noun || ' of ' || place
    ELSE noun || ' at ' || place
  END AS title_name,
  title_type,
  costed.genre AS genre,
  sub_genres.names[1 + floor(u[8] * 4)::INT] AS sub_genre,
  CASE WHEN u[9] < 0.05 THEN 'G' WHEN u[9] < 0.20 THEN 'PG' WHEN u[9] < 0.55 THEN 'PG-13' WHEN u[9] < 0.90 THEN 'R' ELSE 'NC-17' END
    AS content_rating,
  release_date,
  CAST(year(release_date) AS INT) AS release_year,
  CAST(CASE title_type
    WHEN 'movie' THEN 80 + floor(u[10] * 101) WHEN 'series' THEN 20 + floor(u[10] * 41) ELSE 45 + floor(u[10] * 76)
  END AS INT) AS duration_minutes,
  CASE WHEN title_type = 'series' THEN CAST(1 + floor(u[11] * 8) AS INT) END AS season_number,
  CASE WHEN title_type = 'series' THEN CAST(1 + floor(u[12] * 24) AS INT) END AS episode_number,
  countries.production_country,
  countries.original_language,
  -- The original language first, then English, then up to four more.
  list_prepend(original_language, list_filter(
    ['English', 'Spanish', 'French', 'German', 'Portuguese', 'Japanese', 'Hindi', 'Korean'], lambda l: l <> original_language)
  )[1:2 + floor(u[16] * 5)::INT] AS available_languages,
  given[1 + floor(u[17] * 20)::INT] || ' ' || family[1 + floor(u[18] * 20)::INT] AS director,
  list_transform(range(3), lambda c: given[1 + floor(u[19] * 20 + 7 * c)::INT % 20] || ' ' || family[1 + floor(u[20] * 20 + 3 * c)::INT % 20])
    AS "cast",
  ['Blue Lantern Pictures', 'Cedar & Salt Films', 'Driftglass Studios', 'Eleventh Hour Media', 'Foxglove Productions',
   'Granite Harbor', 'Meridian Row', 'Paper Kite Films', 'Tallow Street Pictures', 'Winterfold Studios'][1 + floor(u[21] * 10)::INT]
    AS production_studio,
  round(popularity * 100, 2) AS popularity_score,
  round(criticism * 10, 1) AS critical_rating,
  round(liking * 10, 1) AS viewer_rating,
  budget_millions,
  round(budget_millions * 1.4 * exp(0.8 * sqrt(-2 * ln(1 - u[22])) * cos(2 * pi() * u[23])), 2) AS revenue_millions,
  CAST(floor(-ln(1 - u[24]) * criticism * 5) AS INT) AS awards_count,
  u[25] < 0.3 AS is_original,
  -- What we make ourselves costs no licence.
  CASE WHEN u[25] < 0.3 THEN 0.0 ELSE round(popularity * 1000000 * (0.2 + u[26]), 2) END AS licensing_cost,
  CAST(release_date AS TIMESTAMP) + to_seconds(CAST(floor(u[4] * 43200) AS INT)) AS created_at,
  least(
    CAST($as_of AS TIMESTAMP),
    CAST(release_date AS TIMESTAMP) + to_seconds(86400) + to_seconds(CAST(floor(-ln(1 - u[5]) * 60 * 86400) AS INT))
  ) AS updated_at
FROM costed
ASOF JOIN countries ON costed.u[15] >= countries.low
JOIN sub_genres ON sub_genres.genre = costed.genre
ORDER BY i
