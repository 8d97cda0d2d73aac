"""boto3, unmodified, against a Kinesis on this machine, and against a DynamoDB if one is named. Run by clients.sh, which sets the keys."""

import math
import sys
import time
import uuid

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

held = 0


def same(what, expected, came):
    global held
    if expected != came:
        sys.exit(f"{what}\n  expected: {expected}\n  came:     {came}")
    held += 1


def error_of(call, **arguments):
    """The type of the error that a call ends in; its class is that of the model."""
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "no error"


def read(kinesis, stream, shard, **where):
    """The data of what one reading gives, and the answer."""
    iterator = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, **where)["ShardIterator"]
    answer = kinesis.get_records(ShardIterator=iterator)
    return [record["Data"] for record in answer["Records"]], answer


def put_refused_again(kinesis, stream, records):
    """Puts records as a producer should: what was refused, and only that, again. Answers the refusals of the first call."""
    first = None
    while records:
        answer = kinesis.put_records(StreamName=stream, Records=records)
        refused = [kept for kept, told in zip(records, answer["Records"]) if "ErrorCode" in told]
        same("the count of refused records", len(refused), answer["FailedRecordCount"])
        first = [told.get("ErrorCode") for told in answer["Records"]] if first is None else first
        records = refused
        time.sleep(0.2 if refused else 0)
    return first


def on_kinesis(endpoint):
    kinesis = boto3.client("kinesis", endpoint_url=endpoint, config=Config(retries={"max_attempts": 8, "mode": "standard"}))
    # What is refused for good is not to be asked for again and again.
    once = boto3.client("kinesis", endpoint_url=endpoint, config=Config(retries={"total_max_attempts": 1}))
    stream = f"boto3-{uuid.uuid4()}"
    kinesis.create_stream(StreamName=stream, ShardCount=2)
    kinesis.get_waiter("stream_exists").wait(StreamName=stream)
    summary = kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]
    same("a new stream", ("ACTIVE", 2, 24), tuple(summary[key] for key in ("StreamStatus", "OpenShardCount", "RetentionPeriodHours")))
    same("its age in seconds", True, abs(time.time() - summary["StreamCreationTimestamp"].timestamp()) < 600)
    same("among the streams", True, stream in kinesis.list_streams()["StreamNames"])

    low, high = "0", str(2**128 - 1)
    data = bytes(range(256))
    placed = kinesis.put_record(StreamARN=summary["StreamARN"], PartitionKey="käy-1", Data=data, ExplicitHashKey=low)
    first = placed["ShardId"]
    records = [{"PartitionKey": f"c-{n}", "Data": f"{n}".encode(), "ExplicitHashKey": low} for n in range(5)]
    answer = kinesis.put_records(StreamName=stream, Records=records)
    same("several records", (0, [first] * 5), (answer["FailedRecordCount"], [told["ShardId"] for told in answer["Records"]]))
    numbers = [placed["SequenceNumber"]] + [told["SequenceNumber"] for told in answer["Records"]]
    same("rising numbers", True, numbers == sorted(numbers, key=int) and len(set(numbers)) == 6)
    same("the shard of the other half", False, kinesis.put_record(StreamName=stream, PartitionKey="x", Data=b"x", ExplicitHashKey=high)["ShardId"] == first)

    latest = kinesis.get_shard_iterator(StreamName=stream, ShardId=first, ShardIteratorType="LATEST")["ShardIterator"]
    second = math.floor(time.time()) + 1
    time.sleep(second - time.time() + 0.01)
    kinesis.put_record(StreamName=stream, PartitionKey="c", Data=b"late", ExplicitHashKey=low)
    everything = [data] + [f"{n}".encode() for n in range(5)] + [b"late"]
    came, answer = read(kinesis, stream, first, ShardIteratorType="TRIM_HORIZON")
    same("from the start", everything, came)
    same("a key beyond ASCII", "käy-1", answer["Records"][0]["PartitionKey"])
    same("caught up", 0, answer["MillisBehindLatest"])
    for kind, begin in (("AT_SEQUENCE_NUMBER", 2), ("AFTER_SEQUENCE_NUMBER", 3)):
        came, _ = read(kinesis, stream, first, ShardIteratorType=kind, StartingSequenceNumber=numbers[2])
        same(kind, everything[begin:], came)
    came, _ = read(kinesis, stream, first, ShardIteratorType="AT_TIMESTAMP", Timestamp=second)
    same("at a time", [b"late"], came)
    same("the latest", [b"late"], [record["Data"] for record in kinesis.get_records(ShardIterator=latest)["Records"]])
    paged, iterator = [], kinesis.get_shard_iterator(StreamName=stream, ShardId=first, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    for _ in range(3):
        page = kinesis.get_records(ShardIterator=iterator, Limit=3)
        paged, iterator = paged + [record["Data"] for record in page["Records"]], page["NextShardIterator"]
    same("page by page", everything, paged)
    reshard(kinesis, stream, first)
    refusals(once, stream)

    large = f"boto3-{uuid.uuid4()}"
    kinesis.create_stream(StreamName=large, StreamModeDetails={"StreamMode": "ON_DEMAND"})
    same("the shards of a stream on demand", 4, len(kinesis.list_shards(StreamName=large)["Shards"]))
    kinesis.delete_stream(StreamName=large)
    one = kinesis.create_stream(StreamName=large, ShardCount=1)
    same("an answer has an id", True, bool(one["ResponseMetadata"]["RequestId"]))
    records = [{"PartitionKey": f"{n}", "Data": b"x" * 600 * 1024} for n in range(3)]
    limit = "ProvisionedThroughputExceededException"
    same("more than a shard takes", [None, limit, limit], put_refused_again(kinesis, large, records))
    for name in (stream, large):
        kinesis.delete_stream(StreamName=name)
        kinesis.get_waiter("stream_not_exists").wait(StreamName=name)


def reshard(kinesis, stream, first):
    shards = kinesis.list_shards(StreamName=stream)["Shards"]
    keys = next(shard["HashKeyRange"] for shard in shards if shard["ShardId"] == first)
    half = (int(keys["StartingHashKey"]) + int(keys["EndingHashKey"])) // 2
    kinesis.split_shard(StreamName=stream, ShardToSplit=first, NewStartingHashKey=str(half))
    kinesis.put_record(StreamName=stream, PartitionKey="c", Data=b"after the split", ExplicitHashKey="0")
    _, answer = read(kinesis, stream, first, ShardIteratorType="LATEST")
    same("the end of a closed shard", None, answer.get("NextShardIterator"))
    children = [child["ShardId"] for child in answer["ChildShards"]]
    same("its children", ["shardId-000000000002", "shardId-000000000003"], children)
    same("the next record of its keys", [b"after the split"], read(kinesis, stream, children[0], ShardIteratorType="TRIM_HORIZON")[0])
    kinesis.merge_shards(StreamName=stream, ShardToMerge=children[0], AdjacentShardToMerge=children[1])
    page = kinesis.list_shards(StreamName=stream, MaxResults=3)
    rest = kinesis.list_shards(NextToken=page["NextToken"])
    listed = [shard["ShardId"] for shard in page["Shards"] + rest["Shards"]]
    same("all shards, page by page", [f"shardId-{n:012}" for n in range(5)], listed)
    merged = rest["Shards"][-1]
    same("the parents of the merged one", children, [merged["ParentShardId"], merged["AdjacentParentShardId"]])
    same("its keys", keys, merged["HashKeyRange"])
    described = kinesis.get_paginator("describe_stream").paginate(StreamName=stream, PaginationConfig={"PageSize": 2})
    same("as described", listed, [shard["ShardId"] for page in described for shard in page["StreamDescription"]["Shards"]])


def refusals(kinesis, stream):
    shard = "shardId-000000000001"
    cases = [
        ("ResourceNotFoundException", kinesis.describe_stream_summary, {"StreamName": "nowhere"}),
        ("ResourceNotFoundException", kinesis.get_shard_iterator, {"StreamName": stream, "ShardId": "shardId-9", "ShardIteratorType": "LATEST"}),
        ("ResourceInUseException", kinesis.create_stream, {"StreamName": stream, "ShardCount": 1}),
        ("InvalidArgumentException", kinesis.split_shard, {"StreamName": stream, "ShardToSplit": shard, "NewStartingHashKey": "0"}),
        ("InvalidArgumentException", kinesis.merge_shards, {"StreamName": stream, "ShardToMerge": shard, "AdjacentShardToMerge": shard}),
        ("InvalidArgumentException", kinesis.put_record, {"StreamName": stream, "PartitionKey": "c", "Data": b"x" * 1024 * 1024}),
        ("ValidationException", kinesis.put_record, {"StreamName": stream, "PartitionKey": "c", "Data": b"", "ExplicitHashKey": "-1"}),
        ("ValidationException", kinesis.put_records, {"StreamName": stream, "Records": [{"PartitionKey": "c", "Data": b""}] * 501}),
        ("LimitExceededException", kinesis.create_stream, {"StreamName": "vast", "ShardCount": 100_000}),
        ("UnknownOperationException", kinesis.list_stream_consumers, {"StreamARN": f"arn:aws:kinesis:us-east-1:000000000000:stream/{stream}"}),
    ]
    for expected, call, arguments in cases:
        same(f"{expected} of {call.__name__}", expected, error_of(call, **arguments))


def on_dynamodb(endpoint):
    resource = boto3.resource("dynamodb", endpoint_url=endpoint)
    keys = (("pk", "HASH"), ("sk", "RANGE"))
    table = resource.create_table(
        TableName=f"boto3-{uuid.uuid4()}",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
    )
    table.put_item(Item={"pk": "c#1", "sk": "p#1", "bytes": b"\x00\xff", "count": 7})
    item = table.get_item(Key={"pk": "c#1", "sk": "p#1"})["Item"]
    same("an item by boto3", (b"\x00\xff", 7), (bytes(item["bytes"]), int(item["count"])))
    table.delete()


if __name__ == "__main__":
    on_kinesis(sys.argv[1])
    print(f"boto3 on Kinesis: {held} comparisons hold")
    if len(sys.argv) > 2 and sys.argv[2]:
        on_dynamodb(sys.argv[2])
        print("boto3 on DynamoDB: an item is put and read")
