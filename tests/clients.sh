#!/usr/bin/env bash
# Unmodified clients against a Kinesis on this machine, and against a DynamoDB if one is named: the AWS CLI and Python's boto3 create a stream,
# put records, read them by all five kinds of iterators, split, merge and describe. Every step is compared with what must come; the first
# difference ends it with exit code 1. A client that is not installed is skipped with a word.
#
#   tests/clients.sh http://127.0.0.1:4567 [http://127.0.0.1:8000]
#   KINESIS_ENDPOINT=... [DYNAMODB_ENDPOINT=...] tests/clients.sh

set -euo pipefail

kinesis=${1:-${KINESIS_ENDPOINT:-}}
dynamodb=${2:-${DYNAMODB_ENDPOINT:-}}
if [ -z "$kinesis" ]; then
    echo "say where Kinesis is: tests/clients.sh http://127.0.0.1:PORT" >&2
    exit 2
fi

# Keys that open nothing, and nothing of what the caller has set up.
export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_DEFAULT_REGION=us-east-1 AWS_REGION=us-east-1
export AWS_EC2_METADATA_DISABLED=true AWS_PAGER="" AWS_MAX_ATTEMPTS=8
unset AWS_PROFILE AWS_SESSION_TOKEN AWS_ENDPOINT_URL AWS_ENDPOINT_URL_KINESIS AWS_ENDPOINT_URL_DYNAMODB
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export AWS_CONFIG_FILE=$work/config AWS_SHARED_CREDENTIALS_FILE=$work/credentials

steps=0

# same WHAT EXPECTED ACTUAL
same() {
    if [ "$2" != "$3" ]; then
        printf '%s\n  expected: %s\n  came:     %s\n' "$1" "$2" "$3" >&2
        exit 1
    fi
    steps=$((steps + 1))
}

# on_streams OPERATION ARGUMENTS...: the AWS CLI on Kinesis, fields separated by tabs.
on_streams() {
    aws --endpoint-url "$kinesis" --output text kinesis "$@"
}

# read_from SHARD TYPE [ARGUMENTS...]: the data of what one reading gives, on one line.
read_from() {
    local shard=$1 type=$2 iterator datum
    shift 2
    iterator=$(on_streams get-shard-iterator --stream-name "$stream" --shard-id "$shard" --shard-iterator-type "$type" "$@")
    for datum in $(on_streams get-records --shard-iterator "$iterator" --query 'Records[].[Data]'); do
        printf '%s ' "$(printf %s "$datum" | base64 -d)"
    done
}

cli_on_kinesis() {
    stream=cli-$$-$RANDOM
    local name=(--stream-name "$stream") shard other number records at arn
    on_streams create-stream "${name[@]}" --shard-count 1
    on_streams wait stream-exists "${name[@]}"
    same "a new stream" $'ACTIVE\t1\tPROVISIONED\t24' "$(on_streams describe-stream-summary "${name[@]}" --query \
        'StreamDescriptionSummary.[StreamStatus,OpenShardCount,StreamModeDetails.StreamMode,RetentionPeriodHours]')"
    same "making it again" ResourceInUseException "$(error_of create-stream "${name[@]}" --shard-count 1)"

    printf one >"$work/data"
    read -r shard number < <(on_streams put-record "${name[@]}" --partition-key c-1 --data "fileb://$work/data" --query '[ShardId,SequenceNumber]')
    same "the shard of a record" shardId-000000000000 "$shard"
    same "the digits of a sequence number" 56 "${#number}"
    local raw=()
    case $(aws --version 2>&1) in aws-cli/2*) raw=(--cli-binary-format raw-in-base64-out) ;; esac
    records='[{"PartitionKey":"c-2","Data":"two"},{"PartitionKey":"c-1","Data":"three","ExplicitHashKey":"7"}]'
    same "several records" $'0\t2' "$(on_streams put-records "${name[@]}" ${raw[@]+"${raw[@]}"} --records "$records" --query '[FailedRecordCount,length(Records)]')"

    sleep 1
    at=$(date +%s)
    printf four >"$work/data"
    on_streams put-record "${name[@]}" --partition-key c-1 --data "fileb://$work/data" >"$work/answer"
    same "from the start" "one two three four " "$(read_from "$shard" TRIM_HORIZON)"
    same "at a number" "one two three four " "$(read_from "$shard" AT_SEQUENCE_NUMBER --starting-sequence-number "$number")"
    same "after a number" "two three four " "$(read_from "$shard" AFTER_SEQUENCE_NUMBER --starting-sequence-number "$number")"
    same "at a time" "four " "$(read_from "$shard" AT_TIMESTAMP --timestamp "$at")"
    same "the latest" "" "$(read_from "$shard" LATEST)"

    on_streams split-shard "${name[@]}" --shard-to-split "$shard" --new-starting-hash-key 170141183460469231731687303715884105728
    same "the shards of a split" "shardId-000000000000 shardId-000000000001 shardId-000000000002" \
        "$(on_streams list-shards "${name[@]}" --query 'Shards[].ShardId' | tr '\t' ' ')"
    same "the open ones" "shardId-000000000001 shardId-000000000002" \
        "$(on_streams list-shards "${name[@]}" --shard-filter Type=AT_LATEST --query 'Shards[].ShardId' | tr '\t' ' ')"
    number=$(on_streams get-shard-iterator "${name[@]}" --shard-id "$shard" --shard-iterator-type TRIM_HORIZON)
    same "the end of the first" $'None\tshardId-000000000001\tshardId-000000000002' "$(on_streams get-records --shard-iterator "$number" \
        --query '[NextShardIterator,ChildShards[0].ShardId,ChildShards[1].ShardId]')"
    on_streams merge-shards "${name[@]}" --shard-to-merge shardId-000000000001 --adjacent-shard-to-merge shardId-000000000002
    arn=$(on_streams describe-stream-summary "${name[@]}" --query StreamDescriptionSummary.StreamARN)
    other=$(on_streams describe-stream --stream-name "$stream" --query 'StreamDescription.Shards[3].[ShardId,ParentShardId,AdjacentParentShardId]')
    same "the merged shard" $'shardId-000000000003\tshardId-000000000001\tshardId-000000000002' "$other"
    same "one shard by its ARN" 1 "$(on_streams describe-stream-summary --stream-arn "$arn" --query StreamDescriptionSummary.OpenShardCount)"

    same "a stream that is not there" ResourceNotFoundException "$(error_of describe-stream --stream-name nowhere)"
    same "an iterator of nobody's" InvalidArgumentException "$(error_of get-records --shard-iterator AAAA)"
    on_streams delete-stream "${name[@]}"
    on_streams wait stream-not-exists "${name[@]}"
    echo "the AWS CLI on Kinesis: $steps comparisons hold"
}

# error_of OPERATION ARGUMENTS...: the type of the error it ends in.
error_of() {
    on_streams "$@" 2>&1 | sed -n 's/.*An error occurred (\([A-Za-z]*\)).*/\1/p'
}

cli_on_dynamodb() {
    local table=cli-$$-$RANDOM key='{"pk":{"S":"c#1"},"sk":{"S":"p#1"}}'
    local on=(aws --endpoint-url "$dynamodb" --output text dynamodb)
    "${on[@]}" create-table --table-name "$table" --billing-mode PAY_PER_REQUEST \
        --attribute-definitions AttributeName=pk,AttributeType=S AttributeName=sk,AttributeType=S \
        --key-schema AttributeName=pk,KeyType=HASH AttributeName=sk,KeyType=RANGE >"$work/answer"
    "${on[@]}" put-item --table-name "$table" --item '{"pk":{"S":"c#1"},"sk":{"S":"p#1"},"v":{"N":"7"}}' >"$work/answer"
    same "an item by the AWS CLI" 7 "$("${on[@]}" get-item --table-name "$table" --key "$key" --query Item.v.N)"
    "${on[@]}" delete-table --table-name "$table" >"$work/answer"
    echo "the AWS CLI on DynamoDB: an item is put and read"
}

if command -v aws >/dev/null && aws --version >"$work/version" 2>&1; then
    cli_on_kinesis
    if [ -n "$dynamodb" ]; then cli_on_dynamodb; fi
else
    echo "skipped: the AWS CLI is not installed"
fi

if command -v python3 >/dev/null && python3 -c 'import boto3' 2>/dev/null; then
    python3 "$(dirname "$0")/clients.py" "$kinesis" "$dynamodb"
else
    echo "skipped: python3 has no boto3"
fi
