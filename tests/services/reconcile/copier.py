"""A copier that is not Playhead's: a topic of Kafka into gzip JSON by hour in a bucket, with mistakes to order.

usage: copier.py SETTINGS, a JSON object:
  brokers, topic            what is read, from its start to the ends at the beginning
  endpoint, region, bucket, prefix, access, secret   where to; the bucket is made
  lost, doubled             keys of records
  altered                   key -> fields to put over the record's
  invented                  records that nobody sent
"""

import gzip
import json
import sys

import boto3
from botocore.config import Config
from kafka import KafkaConsumer, TopicPartition

settings = json.loads(sys.argv[1])

consumer = KafkaConsumer(bootstrap_servers=settings["brokers"], enable_auto_commit=False)
partitions = [TopicPartition(settings["topic"], n) for n in consumer.partitions_for_topic(settings["topic"])]
consumer.assign(partitions)
consumer.seek_to_beginning(*partitions)
ends = consumer.end_offsets(partitions)

by_hour = {}


def put(record):
    by_hour.setdefault(record["at"][:13], []).append(record)


while any(consumer.position(partition) < ends[partition] for partition in partitions):
    for messages in consumer.poll(timeout_ms=1000).values():
        for message in messages:
            if message.value is None:
                continue
            record = json.loads(message.value)
            if record["id"] in settings["lost"]:
                continue
            record.update(settings["altered"].get(record["id"], {}))
            put(record)
            if record["id"] in settings["doubled"]:
                put(record)
consumer.close()
for record in settings["invented"]:
    put(record)

s3 = boto3.client(
    "s3",
    endpoint_url=settings["endpoint"],
    region_name=settings["region"],
    aws_access_key_id=settings["access"],
    aws_secret_access_key=settings["secret"],
    config=Config(s3={"addressing_style": "path"}),
)
if settings["bucket"] not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
    s3.create_bucket(Bucket=settings["bucket"])
for hour, records in by_hour.items():
    for part in range(2):
        lines = "".join(json.dumps(record) + "\n" for record in records[part::2])
        key = f"{settings['prefix']}dt={hour[:10]}/hour={hour[11:]}/part-{part}.json.gz"
        s3.put_object(Bucket=settings["bucket"], Key=key, Body=gzip.compress(lines.encode()))
