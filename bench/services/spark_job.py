"""Spark Structured Streaming from a topic to Parquet by hour, until all is read. spark_job.py BROKERS TOPIC SCHEMA FOLDER"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql.functions import col, from_json, substring

brokers, topic, schema, folder = sys.argv[1:]
spark = SparkSession.builder.appName("compared").getOrCreate()
spark.sparkContext.setLogLevel("ERROR")
events = (
    spark.readStream.format("kafka")
    .option("kafka.bootstrap.servers", brokers)
    .option("kafka.isolation.level", "read_committed")
    .option("subscribe", topic)
    .option("startingOffsets", "earliest")
    .load()
    .select(from_json(col("value").cast("string"), schema).alias("event"))
    .select("event.*")
    .withColumn("hour", substring("event_timestamp", 1, 13))
)
query = (
    events.writeStream.format("parquet")
    .option("path", f"{folder}/data")
    .option("checkpointLocation", f"{folder}/checkpoint")
    .partitionBy("hour")
    .trigger(availableNow=True)
    .start()
)
query.awaitTermination()
print(sum(progress["numInputRows"] for progress in query.recentProgress))
spark.stop()
