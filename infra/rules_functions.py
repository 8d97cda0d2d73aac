"""What a new deployment is and how its functions run: parameters, settings, variables, and what wakes each function. Tables first, rules after them."""

from stack import full_name, short

PARAMETERS = {
    # A new deployment sends nothing and may spend nothing.
    "DeliveryMode": {"Type": "String", "AllowedValues": ["off", "shadow", "allowlist", "live"], "Default": "shadow"},
    "SpendPerDay": {"Type": "String", "AllowedPattern": "[0-9]+([.][0-9]+)?", "Default": "0"},
    "FanOut": {"Type": "String", "AllowedValues": ["no", "yes"], "Default": "no"},
    "StreamMode": {"Type": "String", "AllowedValues": ["ON_DEMAND", "PROVISIONED"], "Default": "ON_DEMAND"},
    "Shards": {"Type": "Number", "MinValue": 1, "Default": 1},
    # Longer than the day after which a mapping gives up.
    "StreamRetentionHours": {"Type": "Number", "MinValue": 48, "MaxValue": 8760, "Default": 48},
    "DecisionLogRetentionHours": {"Type": "Number", "MinValue": 48, "MaxValue": 8760, "Default": 168},
    "LogRetentionDays": {"Type": "Number", "AllowedValues": [7, 14, 30, 60, 90, 180, 365], "Default": 30},
    "FailedRecordDays": {"Type": "Number", "MinValue": 7, "Default": 30},
    "BatchSize": {"Type": "Number", "MinValue": 1, "MaxValue": 10000, "Default": 100},
    "BatchWindowSeconds": {"Type": "Number", "MinValue": 0, "MaxValue": 300, "Default": 0},
    "Parallelization": {"Type": "Number", "MinValue": 1, "MaxValue": 10, "Default": 1},
    # So many that the age of a record decides, and not a bad minute.
    "Retries": {"Type": "Number", "MinValue": 1, "MaxValue": 10000, "Default": 10000},
    "StreamConcurrency": {"Type": "Number", "MinValue": 1, "Default": 10},
    "DispatchConcurrency": {"Type": "Number", "MinValue": 1, "Default": 5},
    "ReplyConcurrency": {"Type": "Number", "MinValue": 1, "Default": 10},
    "ReplyRate": {"Type": "Number", "MinValue": 1, "Default": 100},
    "ReplyUrl": {"Type": "String", "Default": ""},
    "Rollout": {
        "Type": "String",
        "AllowedValues": ["Canary10Percent5Minutes", "Canary10Percent15Minutes", "Linear10PercentEvery1Minute", "AllAtOnce"],
        "Default": "Canary10Percent5Minutes",
    },
    "AlarmEmail": {"Type": "String", "Default": ""},
    "ExtensionLayer": {
        "Type": "String",
        "AllowedPattern": "arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:layer:AWS-Parameters-and-Secrets-Lambda-Extension-Arm64:[0-9]+",
    },
    "SmsOrigination": {"Type": "String", "Default": ""},
    "SmsMaxPrice": {"Type": "String", "Default": ""},
    "EmailIdentity": {"Type": "String", "Default": ""},
    "PushEndpoints": {"Type": "CommaDelimitedList", "Default": ""},
    "WebhookUrl": {"Type": "String", "Default": ""},
}
CONDITIONS = {
    "FansOut": "!Equals [!Ref FanOut, yes]",
    "IsProvisioned": "!Equals [!Ref StreamMode, PROVISIONED]",
    "HasAlarmEmail": "!Not [!Equals [!Ref AlarmEmail, ]]",
    "HasReplyUrl": "!Not [!Equals [!Ref ReplyUrl, ]]",
    "HasSms": "!Not [!Equals [!Ref SmsOrigination, ]]",
    "HasEmail": "!Not [!Equals [!Ref EmailIdentity, ]]",
    "HasPush": "!Not [!Equals [!Join [, !Ref PushEndpoints], ]]",
}
STREAMS = ("Checkin", "Purchase", "Geolocation", "Partner", "Comment", "Outcome", "Consent", "Due")
# What is there in some deployments only; all else is in each.
CONDITIONAL = {f"{name}Consumer": "FansOut" for name in STREAMS} | {"SmsEvents": "HasSms", "AlarmsToSomebody": "HasAlarmEmail"}
# What must be there before it: `reply` confirms subscriptions, so it must run by then.
RUNNING = ["ReplyFunctionAliaslive", "ReplyFunctionRequestPermission", "ReplyApiApiGatewayDefaultStage"]
AFTER = {
    "ReceiptsToReply": RUNNING,
    "TextsToReply": RUNNING,
    "SmsEvents": "ReceiptsPolicy",
    "EmailEventsToReceipts": "ReceiptsPolicy",
    # Of SAM's making.
    "WakeFunctionEventInvokeConfig": ["WakeFunctionAliaslive"],
}

REPLY_ADDRESS = "https://${ReplyApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}"
OF_ALL = {"TACT_TABLE": "!Ref Table", "SSL_CERT_FILE": "/etc/pki/tls/certs/ca-bundle.crt"}
DECIDES = OF_ALL | {"TACT_DECISION_LOG": "!Ref DecisionLog"}
VARIABLES = {
    "checkin": DECIDES,
    "purchase": DECIDES,
    "geolocation": DECIDES,
    "partner": DECIDES,
    "comment": DECIDES,
    "outcome": DECIDES,
    "wake": DECIDES | {"TACT_DUE_STREAM": "!Ref DueStream", "TACT_OUTCOME_STREAM": "!Ref OutcomeStream"},
    "dispatch": OF_ALL
    | {
        "TACT_SECRET": "!Ref Secret",
        "TACT_REPLY_URL": f"!If [HasReplyUrl, !Ref ReplyUrl, !Sub {REPLY_ADDRESS}]",
        "TACT_DELIVERY": "!Ref DeliveryMode",
        "TACT_SPEND_PER_DAY": "!Ref SpendPerDay",
        "TACT_SMS_ORIGINATION": "!Ref SmsOrigination",
        "TACT_SMS_CONFIGURATION_SET": "!If [HasSms, !Ref SmsEvents, ]",
        "TACT_SMS_MAX_PRICE": "!Ref SmsMaxPrice",
        "TACT_EMAIL_CONFIGURATION_SET": "!Ref EmailEvents",
        "TACT_WEBHOOK_URL": "!Ref WebhookUrl",
    },
    "reply": OF_ALL
    | {
        "TACT_SECRET": "!Ref Secret",
        "TACT_OUTCOME_STREAM": "!Ref OutcomeStream",
        "TACT_CONSENT_STREAM": "!Ref ConsentStream",
        "TACT_SNS_TOPICS": "!Join [,, [!Ref Receipts, !Ref Texts]]",
    },
}
# Seconds, and the parameter that bounds how often it runs at once, where they are not those of functions behind streams.
TIMEOUT_S = {"dispatch": 60, "reply": 10}
CONCURRENCY = {"dispatch": "DispatchConcurrency", "reply": "ReplyConcurrency"}
# Who reads the secret, by the layer that keeps it.
LAYERS = {"dispatch": ["!Ref ExtensionLayer"], "reply": ["!Ref ExtensionLayer"]}

# Mapping -> the function, its stream, and the age in seconds at which it gives a record up. The table's stream forgets after a day: that mapping gives up before.
MAPPINGS = {
    "CheckinFunctionCheckin": ("Checkin", "Checkin", 86400),
    "PurchaseFunctionPurchase": ("Purchase", "Purchase", 86400),
    "GeolocationFunctionGeolocation": ("Geolocation", "Geolocation", 86400),
    "PartnerFunctionPartner": ("Partner", "Partner", 86400),
    "CommentFunctionComment": ("Comment", "Comment", 86400),
    "OutcomeFunctionOutcome": ("Outcome", "Outcome", 86400),
    "OutcomeFunctionConsent": ("Outcome", "Consent", 86400),
    "WakeFunctionDue": ("Wake", "Due", 86400),
    "DispatchFunctionDecided": ("Dispatch", None, 82800),
}
# Decisions and turns that appear; nothing else wakes dispatch.
FILTER = '{"eventName":["INSERT"],"dynamodb":{"Keys":{"sk":{"S":[{"prefix":"d#"},{"prefix":"t#"}]}}}}'
ONE_MINUTE_AND_NO_MORE = {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 0}
RULES = {
    "WakeFunctionTick": {
        "ScheduleExpression": "rate(1 minute)",
        "Targets": [{"Arn": "!Ref WakeFunctionAliaslive", "Id": "WakeFunctionTickLambdaTarget", "RetryPolicy": ONE_MINUTE_AND_NO_MORE}],
    },
    "RecordFailed": {
        "EventPattern": {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": ["!Ref FailedRecords"]}}},
        "Targets": [{"Id": "alarms", "Arn": "!Ref Alarms"}],
    },
}
API_SOURCE = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/${__Stage__}/*"
# Who may invoke a function, and on behalf of what.
PERMISSIONS = {
    "WakeFunctionTickPermission": {
        "Action": "lambda:InvokeFunction",
        "FunctionName": "!Ref WakeFunctionAliaslive",
        "Principal": "events.amazonaws.com",
        "SourceArn": "!GetAtt WakeFunctionTick.Arn",
    },
    "ReplyFunctionRequestPermission": {
        "Action": "lambda:InvokeFunction",
        "FunctionName": "!Ref ReplyFunctionAliaslive",
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": f"!Sub [{API_SOURCE}, {{__ApiId__: !Ref ReplyApi, __Stage__: *}}]",
    },
}


def parameters(stack):
    """A deployment of which nobody asked anything is the one of the table; so are the bounds of what may be asked."""
    for name in sorted(set(PARAMETERS) | set(stack.parameters)):
        stack.same(name, stack.parameters.get(name, {}), PARAMETERS.get(name, {}))
    stack.same("Conditions", {name: of for name, of in stack.conditions.items() if not name.startswith("ServerlessCodeDeploy")}, CONDITIONS)


def presence(stack):
    """What is there in every deployment does not depend on a condition; what needs another waits for it."""
    for name, item in stack.all.items():
        has, must = item.get("Condition"), CONDITIONAL.get(name)
        stack.expect(has == must, name, f"is there if {has or 'nothing forbids'}, and must be if {must or 'nothing forbids'}")
        waits, on = short(item.get("DependsOn", "nothing")), short(AFTER.get(name, "nothing"))
        stack.expect(waits == on, name, f"waits for {waits}, and must for {on}")


def settings(stack):
    """Each function runs its own code under its own role, as long and as often as its table says, with the variables it must have."""
    table = {}
    for name in VARIABLES:
        title = name.capitalize()
        table[f"{title}Function"] = {
            "FunctionName": full_name(name),
            "Handler": "bootstrap",
            "Runtime": "provided.al2023",
            "Architectures": ["arm64"],
            "MemorySize": 256,
            "Timeout": TIMEOUT_S.get(name, 30),
            "Role": f"!GetAtt {title}Role.Arn",
            "LoggingConfig": {"LogGroup": f"!Ref {title}Logs"},
            "ReservedConcurrentExecutions": f"!Ref {CONCURRENCY.get(name, 'StreamConcurrency')}",
        } | ({"Layers": LAYERS[name]} if name in LAYERS else {})
    stack.as_in("AWS::Lambda::Function", table, but=("Code", "Environment"))
    for name, function in stack.of("AWS::Lambda::Function"):
        own = stack.functions[name]
        stack.same(name, function.get("Environment", {}).get("Variables", {}), VARIABLES.get(own, {}))
        path = stack.source["Resources"][name].get("Properties", {}).get("CodeUri", "nowhere")
        stack.expect(path == f"../target/lambda/{own}", name, f"runs the code of {short(path)}, and not its own")


def versions(stack):
    """What is invoked as `live` is the version of the function it is named after."""
    for name in stack.functions:
        alias = stack.all.get(f"{name}Aliaslive", {}).get("Properties", {})
        version = short(alias.get("FunctionVersion", "missing"))
        wanted = {"Name": "live", "FunctionName": {"Ref": name}}
        stack.same(f"{name}Aliaslive", alias, wanted, but=("FunctionVersion",))
        stack.expect(version.startswith(f"!GetAtt {name}Version"), f"{name}Aliaslive", f"is {version}")
    for name, version in stack.of("AWS::Lambda::Version"):
        stack.same(name, version, {"FunctionName": {"Ref": name.split("Version")[0]}})
    stack.as_in("AWS::Lambda::EventInvokeConfig", {
        "WakeFunctionEventInvokeConfig": {"FunctionName": "!Ref WakeFunction", "Qualifier": "live", "DestinationConfig": {}} | ONE_MINUTE_AND_NO_MORE,
    })


def wakes(stack):
    """Each function is woken by its own stream, from the oldest record, and gives records up by age alone, whole, into the bucket; the clock ticks."""
    table = {}
    for mapping, (function, stream, age) in MAPPINGS.items():
        source = f"!If [FansOut, !Ref {stream}Consumer, !GetAtt {stream}Stream.Arn]" if stream else "!GetAtt Table.StreamArn"
        table[mapping] = {
            "FunctionName": f"!Ref {function}FunctionAliaslive",
            "EventSourceArn": source,
            "StartingPosition": "TRIM_HORIZON",
            "BatchSize": "!Ref BatchSize",
            "MaximumBatchingWindowInSeconds": "!Ref BatchWindowSeconds",
            "ParallelizationFactor": "!Ref Parallelization",
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "BisectBatchOnFunctionError": True,
            "MaximumRetryAttempts": "!Ref Retries",
            "MaximumRecordAgeInSeconds": age,
            "DestinationConfig": {"OnFailure": {"Destination": "!GetAtt FailedRecords.Arn"}},
        } | ({} if stream else {"FilterCriteria": {"Filters": [{"Pattern": FILTER}]}})
    stack.as_in("AWS::Lambda::EventSourceMapping", table)
    stack.as_in("AWS::Events::Rule", RULES)
    stack.as_in("AWS::Lambda::Permission", PERMISSIONS)
