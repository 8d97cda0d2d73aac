"""What is kept, how, and for how long; what comes in from outside and where it goes. One table per kind of resource, in the order of the template."""

from rules_functions import REPLY_ADDRESS, STREAMS
from stack import FUNCTIONS

KEY = "!GetAtt Key.Arn"
KEPT = ("AWS::DynamoDB::Table", "AWS::Kinesis::Stream", "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::SecretsManager::Secret")
STREAM = {
    "StreamModeDetails": {"StreamMode": "!Ref StreamMode"},
    "ShardCount": "!If [IsProvisioned, !Ref Shards, !Ref AWS::NoValue]",
    "RetentionPeriodHours": "!Ref StreamRetentionHours",
    "StreamEncryption": {"EncryptionType": "KMS", "KeyId": KEY},
}
TOPICS = ("Receipts", "Texts", "Alarms")
# Who holds a link may use it: no path, no address and no header is logged.
ACCESS_LOG = '{"request":"$context.requestId","method":"$context.httpMethod","status":"$context.status","ms":"$context.responseLatency"}'

TABLES = {
    "AWS::KMS::Key": {"Key": {"EnableKeyRotation": True}},
    "AWS::DynamoDB::Table": {
        "Table": {
            "TableName": "!Ref AWS::StackName",
            "BillingMode": "PAY_PER_REQUEST",
            "DeletionProtectionEnabled": True,
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
            "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY},
            "TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": True},
            # No profile travels through its stream.
            "StreamSpecification": {"StreamViewType": "KEYS_ONLY"},
            "AttributeDefinitions": [{"AttributeName": name, "AttributeType": kind} for name, kind in (("pk", "S"), ("sk", "S"), ("due_shard", "S"), ("due_at", "N"))],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            "GlobalSecondaryIndexes": [
                {
                    "IndexName": "due",
                    "KeySchema": [{"AttributeName": "due_shard", "KeyType": "HASH"}, {"AttributeName": "due_at", "KeyType": "RANGE"}],
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
            ],
        }
    },
    "AWS::SecretsManager::Secret": {
        "Secret": {
            "KmsKeyId": KEY,
            "GenerateSecretString": {"SecretStringTemplate": "{}", "GenerateStringKey": "seal", "PasswordLength": 64, "ExcludePunctuation": True},
        }
    },
    "AWS::S3::Bucket": {
        "FailedRecords": {
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [
                    {"BucketKeyEnabled": True, "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}}
                ]
            },
            "PublicAccessBlockConfiguration": dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True),
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "VersioningConfiguration": {"Status": "Enabled"},
            "LifecycleConfiguration": {
                "Rules": [
                    {"Id": "forget", "Status": "Enabled", "ExpirationInDays": "!Ref FailedRecordDays", "NoncurrentVersionExpiration": {"NoncurrentDays": 1}}
                ]
            },
            # Without it no rule hears of a record that was given up.
            "NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}},
        }
    },
    "AWS::Kinesis::Stream": {f"{name}Stream": STREAM for name in STREAMS} | {"DecisionLog": STREAM | {"RetentionPeriodHours": "!Ref DecisionLogRetentionHours"}},
    "AWS::Kinesis::StreamConsumer": {f"{name}Consumer": {"ConsumerName": "tact", "StreamARN": f"!GetAtt {name}Stream.Arn"} for name in STREAMS},
    "AWS::Logs::LogGroup": {
        f"{name}Logs": {"RetentionInDays": "!Ref LogRetentionDays"} for name in [function.capitalize() for function in FUNCTIONS] + ["ReplyApi"]
    },
    "AWS::ApiGatewayV2::Stage": {
        "ReplyApiApiGatewayDefaultStage": {
            "ApiId": "!Ref ReplyApi",
            "StageName": "$default",
            "AutoDeploy": True,
            "DefaultRouteSettings": {"ThrottlingBurstLimit": "!Ref ReplyRate", "ThrottlingRateLimit": "!Ref ReplyRate"},
            "AccessLogSettings": {"DestinationArn": "!GetAtt ReplyApiLogs.Arn", "Format": ACCESS_LOG},
        }
    },
    "AWS::SNS::Topic": {name: {"KmsMasterKeyId": KEY} for name in TOPICS},
    "AWS::SNS::TopicPolicy": {f"{name}Policy": {"Topics": [f"!Ref {name}"]} for name in TOPICS},
    "AWS::SNS::Subscription": {
        "ReceiptsToReply": {"TopicArn": "!Ref Receipts", "Protocol": "https", "Endpoint": f"!Sub {REPLY_ADDRESS}/receipts"},
        "TextsToReply": {"TopicArn": "!Ref Texts", "Protocol": "https", "Endpoint": f"!Sub {REPLY_ADDRESS}/sms"},
        "AlarmsToSomebody": {"TopicArn": "!Ref Alarms", "Protocol": "email", "Endpoint": "!Ref AlarmEmail"},
    },
    "AWS::SMSVOICE::ConfigurationSet": {
        "SmsEvents": {
            "EventDestinations": [
                {"EventDestinationName": "receipts", "Enabled": True, "MatchingEventTypes": ["TEXT_ALL"], "SnsDestination": {"TopicArn": "!Ref Receipts"}}
            ]
        }
    },
    "AWS::SES::ConfigurationSet": {"EmailEvents": {"ReputationOptions": {"ReputationMetricsEnabled": True}}},
    "AWS::SES::ConfigurationSetEventDestination": {
        "EmailEventsToReceipts": {
            "ConfigurationSetName": "!Ref EmailEvents",
            "EventDestination": {
                "Enabled": True,
                "MatchingEventTypes": ["delivery", "bounce", "complaint", "reject", "open", "click"],
                "SnsDestination": {"TopicARN": "!Ref Receipts"},
            },
        }
    },
}


def kept(stack):
    """What is kept is encrypted, forgotten in time and no sooner, and outlives the stack; what providers tell reaches `reply`."""
    for kind, table in TABLES.items():
        # Policies are of rules_roles.py.
        stack.as_in(kind, table, but=("KeyPolicy", "PolicyDocument"))
    for name, item in stack.all.items():
        if item.get("Type") in KEPT:
            retained = item.get("DeletionPolicy") == item.get("UpdateReplacePolicy") == "Retain"
            stack.expect(retained, name, "is deleted with the stack")


def api(stack):
    """Every request goes to `reply`, and nothing else answers."""
    uri = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${ReplyFunctionAliaslive}/invocations"
    integration = {"httpMethod": "POST", "type": "aws_proxy", "uri": {"Fn::Sub": uri}, "payloadFormatVersion": "2.0"}
    apis = stack.of("AWS::ApiGatewayV2::Api")
    stack.expect([name for name, _ in apis] == ["ReplyApi"], "ReplyApi", "is not the one API")
    for name, one in apis:
        paths = one.get("Body", {}).get("paths", {})
        route = {"x-amazon-apigateway-integration": integration, "isDefaultRoute": True, "responses": {}}
        stack.same(name, paths, {"$default": {"x-amazon-apigateway-any-method": route}})
