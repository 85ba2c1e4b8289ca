-- Households: $rows of them, the same for the same $seed. "The last three years" count from $as_of.
-- Each column draws from its own md5 of (seed, row, column): DuckDB promises md5 between versions, not hash() or random().
WITH places(country, country_share, state, city, timezone, place_share) AS (
  VALUES
    ('United States', 0.35, 'New York', 'New York', 'America/New_York', 0.14),
    ('United States', 0.35, 'Massachusetts', 'Boston', 'America/New_York', 0.05),
    ('United States', 0.35, 'Pennsylvania', 'Philadelphia', 'America/New_York', 0.06),
    ('United States', 0.35, 'Florida', 'Miami', 'America/New_York', 0.08),
    ('United States', 0.35, 'Georgia', 'Atlanta', 'America/New_York', 0.06),
    ('United States', 0.35, 'Ohio', 'Columbus', 'America/New_York', 0.05),
    ('United States', 0.35, 'Michigan', 'Detroit', 'America/Detroit', 0.04),
    ('United States', 0.35, 'Illinois', 'Chicago', 'America/Chicago', 0.08),
    ('United States', 0.35, 'Texas', 'Houston', 'America/Chicago', 0.08),
    ('United States', 0.35, 'Texas', 'Dallas', 'America/Chicago', 0.06),
    ('United States', 0.35, 'Minnesota', 'Minneapolis', 'America/Chicago', 0.03),
    ('United States', 0.35, 'Colorado', 'Denver', 'America/Denver', 0.05),
    ('United States', 0.35, 'Arizona', 'Phoenix', 'America/Phoenix', 0.04),
    ('United States', 0.35, 'California', 'Los Angeles', 'America/Los_Angeles', 0.10),
    ('United States', 0.35, 'California', 'San Francisco', 'America/Los_Angeles', 0.04),
    ('United States', 0.35, 'Washington', 'Seattle', 'America/Los_Angeles', 0.03),
    ('United States', 0.35, 'Hawaii', 'Honolulu', 'Pacific/Honolulu', 0.01),
    ('United Kingdom', 0.15, 'England', 'London', 'Europe/London', 0.40),
    ('United Kingdom', 0.15, 'England', 'Manchester', 'Europe/London', 0.20),
    ('United Kingdom', 0.15, 'Scotland', 'Glasgow', 'Europe/London', 0.17),
    ('United Kingdom', 0.15, 'Wales', 'Cardiff', 'Europe/London', 0.13),
    ('United Kingdom', 0.15, 'Northern Ireland', 'Belfast', 'Europe/London', 0.10),
    ('Canada', 0.10, 'Ontario', 'Toronto', 'America/Toronto', 0.40),
    ('Canada', 0.10, 'Quebec', 'Montreal', 'America/Toronto', 0.25),
    ('Canada', 0.10, 'British Columbia', 'Vancouver', 'America/Vancouver', 0.18),
    ('Canada', 0.10, 'Alberta', 'Calgary', 'America/Edmonton', 0.12),
    ('Canada', 0.10, 'Nova Scotia', 'Halifax', 'America/Halifax', 0.05),
    ('Germany', 0.10, 'Berlin', 'Berlin', 'Europe/Berlin', 0.30),
    ('Germany', 0.10, 'Hamburg', 'Hamburg', 'Europe/Berlin', 0.20),
    ('Germany', 0.10, 'Bavaria', 'Munich', 'Europe/Berlin', 0.25),
    ('Germany', 0.10, 'North Rhine-Westphalia', 'Cologne', 'Europe/Berlin', 0.25),
    ('France', 0.08, 'Île-de-France', 'Paris', 'Europe/Paris', 0.45),
    ('France', 0.08, 'Provence-Alpes-Côte d''Azur', 'Marseille', 'Europe/Paris', 0.20),
    ('France', 0.08, 'Auvergne-Rhône-Alpes', 'Lyon', 'Europe/Paris', 0.20),
    ('France', 0.08, 'Occitanie', 'Toulouse', 'Europe/Paris', 0.15),
    ('Australia', 0.08, 'New South Wales', 'Sydney', 'Australia/Sydney', 0.38),
    ('Australia', 0.08, 'Victoria', 'Melbourne', 'Australia/Melbourne', 0.30),
    ('Australia', 0.08, 'Queensland', 'Brisbane', 'Australia/Brisbane', 0.17),
    ('Australia', 0.08, 'Western Australia', 'Perth', 'Australia/Perth', 0.10),
    ('Australia', 0.08, 'South Australia', 'Adelaide', 'Australia/Adelaide', 0.05),
    ('Japan', 0.07, 'Tokyo', 'Tokyo', 'Asia/Tokyo', 0.45),
    ('Japan', 0.07, 'Osaka', 'Osaka', 'Asia/Tokyo', 0.25),
    ('Japan', 0.07, 'Hokkaido', 'Sapporo', 'Asia/Tokyo', 0.15),
    ('Japan', 0.07, 'Fukuoka', 'Fukuoka', 'Asia/Tokyo', 0.15),
    ('Brazil', 0.07, 'São Paulo', 'São Paulo', 'America/Sao_Paulo', 0.45),
    ('Brazil', 0.07, 'Rio de Janeiro', 'Rio de Janeiro', 'America/Sao_Paulo', 0.30),
    ('Brazil', 0.07, 'Bahia', 'Salvador', 'America/Bahia', 0.15),
    ('Brazil', 0.07, 'Amazonas', 'Manaus', 'America/Manaus', 0.10)
),
-- Each place owns an interval of [0, 1) as wide as its share of all customers.
place_bounds AS (
  SELECT *, sum(country_share * place_share) OVER (ORDER BY country_share DESC, country, state, city
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - country_share * place_share AS low
  FROM places
),
tiers(subscription_tier, monthly_revenue, churn) AS (
  VALUES ('free_with_ads', 0.00, 0.30), ('basic', 8.99, 0.20), ('standard', 13.99, 0.10), ('premium', 19.99, 0.05)
),
draws AS (
  SELECT
    i,
    md5(concat_ws(':', $seed, 'customer', i)) AS digest,
    list_transform(range(15), lambda c: md5_number_lower(concat_ws(':', $seed, 'customer', i, c)) / 18446744073709551616.0) AS u,
    list_transform(range(9), lambda c: md5_number_lower(concat_ws(':', $seed, 'genre', i, c)) / 18446744073709551616.0) AS g
  FROM range($rows) AS numbered(i)
),
chosen AS (
  SELECT
    *,
    CASE WHEN u[1] < 0.4 THEN 'free_with_ads' WHEN u[1] < 0.7 THEN 'basic' WHEN u[1] < 0.9 THEN 'standard' ELSE 'premium' END
      AS tier,
    ['Alba', 'Amir', 'Anouk', 'Ben', 'Carla', 'Dario', 'Dina', 'Edda', 'Emre', 'Fay', 'Femi', 'Gus', 'Hana', 'Idris', 'Ines',
     'Jonas', 'Jun', 'Kaya', 'Lars', 'Lena', 'Luca', 'Mai', 'Marek', 'Mila', 'Nadia', 'Nico', 'Noor', 'Olga', 'Omar', 'Paula',
     'Quinn', 'Rafa', 'Rosa', 'Sana', 'Sven', 'Tara', 'Theo', 'Uma', 'Vera', 'Yuki'][1 + floor(u[2] * 40)::INT] AS first_name,
    ['Alder', 'Ashgrove', 'Barrowby', 'Birkmoor', 'Brightwell', 'Coldharbour', 'Dawnley', 'Elmsworth', 'Fairbrook', 'Fenwright',
     'Glasswater', 'Greymarsh', 'Hartsfell', 'Hollowell', 'Inglefield', 'Juniper', 'Kestrel', 'Larkmead', 'Longacre', 'Marwood',
     'Merrifield', 'Northgate', 'Oakhollow', 'Ottersby', 'Pellworth', 'Quarrington', 'Ravensby', 'Rookwood', 'Saltmarsh',
     'Silverlake', 'Stonebrook', 'Tamarisk', 'Thornbury', 'Underhill', 'Valemont', 'Wexcombe', 'Whitlock', 'Wildmere',
     'Yarrow', 'Zephyrine'][1 + floor(u[3] * 40)::INT] AS last_name,
    CASE WHEN u[4] < 0.15 THEN '18-24' WHEN u[4] < 0.40 THEN '25-34' WHEN u[4] < 0.65 THEN '35-44'
      WHEN u[4] < 0.85 THEN '45-54' WHEN u[4] < 0.95 THEN '55-64' ELSE '65+' END AS age_group,
    CAST($as_of AS DATE) - CAST(1 + floor(u[5] * 1094) AS INT) AS subscription_start_date
  FROM draws
),
subscribed AS (
  SELECT
    chosen.*,
    tiers.monthly_revenue,
    u[6] >= tiers.churn AS is_active,
    -- Who left did so at some day of the subscription, the first excepted.
    CASE WHEN u[6] < tiers.churn
      THEN subscription_start_date + CAST(ceil(u[7] * date_diff('day', subscription_start_date, CAST($as_of AS DATE))) AS INT)
    END AS subscription_end_date,
    -- Within an age group, any age is as likely; 65+ ends at 84.
    CAST(split_part(replace(age_group, '65+', '65-84'), '-', 1) AS INT) AS age_low,
    CAST(split_part(replace(age_group, '65+', '65-84'), '-', 2) AS INT) AS age_high
  FROM chosen JOIN tiers ON tiers.subscription_tier = chosen.tier
)
SELECT
  format('CUST_{}_{:06d}', left(digest, 8), i % 1000000) AS customer_id,
  lower(first_name) || '.' || lower(last_name) || '.' || i || '@example.com' AS email,
  first_name,
  last_name,
  -- Strictly inside the group on the day of reference: at least one day past the lower birthday.
  CAST(CAST($as_of AS DATE) - to_years(age_low)
    - to_days(CAST(floor(u[8] * 364 + floor(u[9] * (age_high - age_low + 1)) * 365.25) AS INT)) AS DATE) AS date_of_birth,
  age_group,
  tier AS subscription_tier,
  subscription_start_date,
  subscription_end_date,
  place_bounds.country,
  place_bounds.state,
  place_bounds.city,
  place_bounds.timezone,
  CASE WHEN u[11] < 0.6 THEN 'credit_card' WHEN u[11] < 0.8 THEN 'debit_card' WHEN u[11] < 0.95 THEN 'paypal'
    WHEN u[11] < 0.98 THEN 'apple_pay' ELSE 'google_pay' END AS payment_method,
  CAST(monthly_revenue AS DOUBLE) AS monthly_revenue,
  -- A fee for each month begun, up to the end of the subscription or the day of reference.
  CAST(round(monthly_revenue * (1 + date_diff('month', subscription_start_date,
    coalesce(subscription_end_date, CAST($as_of AS DATE)))), 2) AS DOUBLE) AS lifetime_value,
  is_active,
  CASE WHEN u[12] < 0.25 THEN 'organic_search' WHEN u[12] < 0.45 THEN 'social_media' WHEN u[12] < 0.60 THEN 'referral'
    WHEN u[12] < 0.75 THEN 'paid_search' WHEN u[12] < 0.85 THEN 'email' WHEN u[12] < 0.95 THEN 'partner' ELSE 'other' END
    AS acquisition_channel,
  -- Two to five genres without repetition, commoner ones likelier: the smallest of exponential(share) draws.
  list_transform(
    list_sort(list_transform(
      list_zip(g, [0.20, 0.15, 0.15, 0.12, 0.10, 0.10, 0.08, 0.05, 0.05],
        ['Drama', 'Action', 'Comedy', 'Thriller', 'Sci-Fi', 'Romance', 'Horror', 'Documentary', 'Animation']),
      lambda z: {'rank': -ln(1 - z[1]) / z[2], 'genre': z[3]}))[1:2 + floor(u[13] * 4)::INT],
    lambda z: z.genre) AS preferred_genres,
  CAST(subscription_start_date AS TIMESTAMP) + to_seconds(CAST(floor(u[14] * 86400) AS INT)) AS created_at,
  -- The last sign of life: before the end of the subscription, most of them recent.
  greatest(
    CAST(subscription_start_date AS TIMESTAMP) + to_seconds(86400),
    CAST(coalesce(subscription_end_date, CAST($as_of AS DATE)) AS TIMESTAMP)
      - to_seconds(CAST(floor(-ln(1 - u[15]) * 20 * 86400) AS INT))
  ) AS updated_at
FROM subscribed ASOF JOIN place_bounds ON subscribed.u[10] >= place_bounds.low
ORDER BY i
