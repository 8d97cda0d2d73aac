"""What must hold of every resource of the deployment, and, as a test of these rules, defects that each of them must find."""

import json
import re
import sys
from pathlib import Path

from expand import expanded, template

ROOT = Path(__file__).resolve().parent.parent
# Read by a library and not by our code.
FOR_LIBRARIES = {"SSL_CERT_FILE"}
# Read by our code for runs on one machine, and never set in a deployment: another clock, a time before which nothing is decided, a stand-in of SNS,
# and addresses of services.
LOCAL_ONLY = {"TACT_CLOCK", "TACT_FOLD_ONLY_UNTIL", "TACT_SNS_CERTIFICATES"}
LOCAL_ONLY_PREFIX = "AWS_ENDPOINT_URL"
# Who may touch addresses, and who hears opt-outs.
ADDRESSES = {"dispatch", "outcome", "reply"}
OPT_OUTS = {"outcome", "reply"}
# What no version causes: its API waits for the canary; a day's spending is used up; people are tired of a message.
BESIDE_CANARY = {"ReplyApiErrors", "DispatchSpent", "OutcomeSuspended"}
# Alarms about no single function, with the metric each must look at.
OF_ALL = {
    "RecordsFailed": ("AWS/Events", "MatchedEvents"),
    "RecordsLost": ("AWS/Lambda", "DestinationDeliveryFailures"),
    "Complaints": ("AWS/SES", "Reputation.ComplaintRate"),
}
# Alarms about one function beside those that every function has, with the metric each must look at.
OF_ONE = {
    "OutcomeOptOuts": ("outcome", {"undone", "quarantined"}),
    "ReplyOptOuts": ("reply", {"unavailable"}),
    "DispatchFaults": ("dispatch", {"fault"}),
    "DispatchCapped": ("dispatch", {"capped"}),
    "DispatchSpent": ("dispatch", {"unaffordable"}),
    "OutcomeSuspended": ("outcome", {"guard_suspended"}),
    "WakeFailures": ("wake", {"failed"}),
}
# By which functions of telemetry.rs a function tells its metrics.
EMITTED_BY = {"dispatch": ["delivery_line"], "reply": ["emit_answer"], "wake": ["line", "emit_tick"]}
# The service names these objects itself; a key policy is about its own key.
NAMED_BY_SERVICE = {"${FailedRecords.Arn}/aws/lambda/*"}
# Every kind of resource there is: what is new here has no rule yet.
KINDS = {
    "AWS::ApiGatewayV2": {"Api", "Stage"},
    "AWS::CloudWatch": {"Alarm", "Dashboard"},
    "AWS::CodeDeploy": {"Application", "DeploymentGroup"},
    "AWS::DynamoDB": {"Table"},
    "AWS::Events": {"Rule"},
    "AWS::IAM": {"Role"},
    "AWS::KMS": {"Key"},
    "AWS::Kinesis": {"Stream", "StreamConsumer"},
    "AWS::Lambda": {"Alias", "EventInvokeConfig", "EventSourceMapping", "Function", "Permission", "Version"},
    "AWS::Logs": {"LogGroup"},
    "AWS::S3": {"Bucket"},
    "AWS::SES": {"ConfigurationSet", "ConfigurationSetEventDestination"},
    "AWS::SMSVOICE": {"ConfigurationSet"},
    "AWS::SNS": {"Subscription", "Topic", "TopicPolicy"},
    "AWS::SecretsManager": {"Secret"},
}
DAY_S = 86_400


class Stack:
    """The expanded template, by type, with what it finds wrong."""

    def __init__(self, source):
        whole = expanded(source)
        self.all, self.parameters = whole["Resources"], whole["Parameters"]
        self.found = []
        # Function id -> name, which is that of its folder.
        self.functions = {name: name.removesuffix("Function").lower() for name, _ in self.of("AWS::Lambda::Function")}

    def of(self, kind):
        return [(name, item["Properties"]) for name, item in self.all.items() if item["Type"] == kind]

    def expect(self, holds, where, what):
        if not holds:
            self.found.append(f"{where}: {what}")


def faults(source):
    """Everything that is wrong with a template, one sentence each."""
    stack = Stack(source)
    for rule in (kinds, permissions, addresses, warming, functions, environments, mappings, alarms, canaries, dashboards, kept, bounds, receipts):
        rule(stack)
    return stack.found


def kinds(stack):
    """No resource is of a kind that no rule looks at."""
    for name, item in stack.all.items():
        service, _, kind = item["Type"].rpartition("::")
        stack.expect(kind in KINDS.get(service, ()), name, f"`{item['Type']}` is of a kind that no rule looks at")


def permissions(stack):
    """No wildcard in any policy, and no managed policy of others but the one SAM gives to CodeDeploy."""
    for name, item in stack.all.items():
        for statement in statements(item):
            of_key = item["Type"] == "AWS::KMS::Key"
            for action in texts(statement.get("Action", "*")):
                stack.expect("*" not in action, name, f"the action `{action}` is a wildcard")
            for resource in texts(statement.get("Resource", [])):
                allowed = resource in NAMED_BY_SERVICE or (of_key and resource == "*")
                stack.expect(allowed or "*" not in resource, name, f"the resource `{resource}` is a wildcard")
            stack.expect("*" not in texts(statement.get("Principal", "-")), name, "anybody may")
            stack.expect(not {"NotAction", "NotResource", "NotPrincipal"} & set(statement), name, "allows by exclusion")
            # EventBridge tells topics and keys nothing that a condition could look at; everybody else must be held to this account.
            services = [one for one in texts(statement.get("Principal", [])) if one.endswith(".amazonaws.com")]
            if item["Type"] in ("AWS::SNS::TopicPolicy", "AWS::KMS::Key") and services:
                bare = services == ["events.amazonaws.com"]
                stack.expect(bare != ("Condition" in statement), name, f"{', '.join(services)} may not publish, or for anybody")
        for arn in texts(item.get("Properties", {}).get("ManagedPolicyArns", [])):
            ours = arn.endswith("service-role/AWSCodeDeployRoleForLambda")
            ours |= arn.endswith("service-role/AWSCodeDeployRoleForLambdaLimited")
            stack.expect(ours, name, f"`{arn}` allows more than this function needs")
    for name, permission in stack.of("AWS::Lambda::Permission"):
        stack.expect(permission.get("SourceArn") and "Principal" in permission, name, "may be invoked on behalf of anybody")


def addresses(stack):
    """Whoever touches the table is held to keys; addresses are for three functions alone."""
    for name, role in stack.of("AWS::IAM::Role"):
        function = name.removesuffix("Role").lower()
        for statement in statements({"Properties": role}):
            if not any(action in ("dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem") for action in texts(statement["Action"])):
                continue
            held = keys(statement)
            stack.expect(held, name, "touches the table without leading keys")
            stack.expect(all(len(key.rstrip("*")) > 1 or key.isdigit() for key in held), name, "a leading key that is anything")
            reaches = any(key.startswith("r#") for key in held)
            stack.expect(not reaches or function in ADDRESSES, name, "touches addresses (`r#`)")


def warming(stack):
    """The item that every function reads when it starts is one that every role may read."""
    live = code(ROOT / "shared/aws/src/cloud/live.rs")
    named = re.findall(r"ItemKey::(\w+)\(", live)
    stack.expect(named, "shared/aws/src/cloud/live.rs", "nothing is read at the start")
    forms = code(ROOT / "shared/pipeline/src/item.rs").split("fn pk(")[1].split("fn sk(")[0]
    for variant in named:
        form = re.search(rf"Self::{variant}\b[^=]*=> format!\(\"([a-z]#)", forms)
        begins = form.group(1) if form else "?"
        for name, role in stack.of("AWS::IAM::Role"):
            reads = [keys(one) for one in statements({"Properties": role}) if "dynamodb:GetItem" in texts(one["Action"])]
            may = any(begins.startswith(key.rstrip("*")) for allowed in reads for key in allowed)
            stack.expect(may or not reads, name, f"may not read what its function reads at the start (`{begins}`)")


def functions(stack):
    """Each folder of functions/ is a function with its own role, log, bound and alias."""
    folders = {path.parent.parent.name for path in ROOT.glob("functions/*/src/main.rs")}
    stack.expect(folders == set(stack.functions.values()), "functions", f"not those of functions/: {sorted(folders ^ set(stack.functions.values()))}")
    roles = [json.dumps(function["Role"]) for _, function in stack.of("AWS::Lambda::Function")]
    stack.expect(len(set(roles)) == len(roles), "functions", "two share a role")
    for name, function in stack.of("AWS::Lambda::Function"):
        stack.expect(function.get("FunctionName") == full_name(stack.functions[name]), name, "not under the name its alarms look for")
        stack.expect(function["Runtime"] == "provided.al2023", name, "not on provided.al2023")
        stack.expect(function["Architectures"] == ["arm64"], name, "not on arm64")
        stack.expect("ReservedConcurrentExecutions" in function, name, "no bound on concurrency")
        group = function.get("LoggingConfig", {}).get("LogGroup", {}).get("Ref")
        stack.expect(group == f"{name.removesuffix('Function')}Logs" and group in stack.all, name, "no log group of its own")
    for name, group in stack.of("AWS::Logs::LogGroup"):
        stack.expect("RetentionInDays" in group, name, "kept for ever")


def environments(stack):
    """The environment in the template is the environment that the code reads."""
    for name, function in stack.of("AWS::Lambda::Function"):
        given = set(function["Environment"]["Variables"])
        read = keys_read(ROOT / "functions" / stack.functions[name] / "src/main.rs")
        for key in sorted(given):
            local = key in LOCAL_ONLY or key.startswith(LOCAL_ONLY_PREFIX)
            stack.expect(not local, name, f"`{key}` is for runs on one machine")
            stack.expect(local or key in read | FOR_LIBRARIES, name, f"`{key}` is set, and nothing reads it")
        for key in sorted(read - given - LOCAL_ONLY):
            stack.expect(False, name, f"`{key}` is read, and not set")
        for key, value in function["Environment"]["Variables"].items():
            secret = re.search("SECRET|PASSWORD|TOKEN|CREDENTIAL", key)
            stack.expect(not secret or value == {"Ref": "Secret"}, name, f"`{key}` holds a secret instead of naming it")


def mappings(stack):
    """Every mapping gives records up only by age, whole, into the bucket; dispatch is woken by decisions and turns alone."""
    mapped = [json.dumps(mapping["FunctionName"]) for _, mapping in stack.of("AWS::Lambda::EventSourceMapping")]
    for function, name in stack.functions.items():
        stack.expect(name == "reply" or any(f"{function}Alias" in of for of in mapped), function, "nothing wakes it")
    for name, mapping in stack.of("AWS::Lambda::EventSourceMapping"):
        stack.expect(mapping.get("FunctionResponseTypes") == ["ReportBatchItemFailures"], name, "partial responses are ignored")
        stack.expect(mapping.get("BisectBatchOnFunctionError") is True, name, "does not bisect")
        of_table = "StreamArn" in json.dumps(mapping["EventSourceArn"])
        age = mapping.get("MaximumRecordAgeInSeconds", -1)
        stack.expect(0 < age <= DAY_S and (age < DAY_S or not of_table), name, "retries are not bounded by age")
        stack.expect(mapping.get("MaximumRetryAttempts", -1) != -1, name, "retries are not bounded")
        bucket = mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        stack.expect(bucket == {"Fn::GetAtt": ["FailedRecords", "Arn"]}, name, "records that fail are lost")
        for setting in ("BatchSize", "MaximumBatchingWindowInSeconds", "ParallelizationFactor"):
            stack.expect("Ref" in str(mapping.get(setting)), name, f"`{setting}` is no parameter")
        patterns = [json.loads(one["Pattern"]) for one in mapping.get("FilterCriteria", {}).get("Filters", [])]
        wanted = {"eventName": ["INSERT"], "dynamodb": {"Keys": {"sk": {"S": [{"prefix": "d#"}, {"prefix": "t#"}]}}}}
        stack.expect(patterns == ([wanted] if of_table else []), name, "the filter is not as it must be")


def alarms(stack):
    """Every function has its alarms, each about that function and heard by the topic; every metric of ours is one that the function emits."""
    found = dict(stack.of("AWS::CloudWatch::Alarm"))
    for name, alarm in found.items():
        stack.expect(alarm.get("AlarmActions") == [{"Ref": "Alarms"}], name, "nobody hears it")
        for metric in metrics(alarm):
            if metric["Namespace"] == "Tact":
                of = metric.get("Dimensions", [])
                about = of[0]["Value"] if [one["Name"] for one in of] == ["function"] else None
                stack.expect(metric["MetricName"] in emitted(about), name, f"`{about}` emits no `{metric['MetricName']}`")
    mapped = json.dumps(stack.of("AWS::Lambda::EventSourceMapping"))
    for function, name in stack.functions.items():
        about = [
            (metric["Namespace"], metric["MetricName"], alarm.get("ExtendedStatistic"))
            for _, alarm in alarms_of(stack, function)
            for metric in metrics(alarm)
        ]
        wanted = [("AWS/Lambda", "Errors", None), ("AWS/Lambda", "Duration", "p99")]
        if f"{function}Alias" in mapped:
            wanted += [("AWS/Lambda", "IteratorAge", None), ("Tact", "undone", None), ("AWS/Lambda", "DestinationDeliveryFailures", None)]
        else:
            wanted += [("AWS/Lambda", "Throttles", None)]
        for alarm in wanted:
            stack.expect(alarm in about, function, f"no alarm on {alarm[1]}")
    for name, (space, metric) in OF_ALL.items():
        seen = [(one["Namespace"], one["MetricName"]) for one in metrics(found[name])] if name in found else []
        stack.expect((space, metric) in seen, name, f"no alarm on {metric}")
    for name, (function, wanted) in OF_ONE.items():
        seen = {one["MetricName"] for one in metrics(found[name])} if name in found else set()
        own = name in dict(alarms_of(stack, f"{function.capitalize()}Function"))
        stack.expect(own and wanted <= seen, name, f"no alarm on {' and '.join(sorted(wanted))} of `{function}`")
    for name in ("RecordsFailed", "RecordsLost", "OutcomeOptOuts", "ReplyOptOuts"):
        first = found.get(name, {}).get("Threshold") == 0 and found[name].get("EvaluationPeriods") == 1
        stack.expect(first, name, "does not sound at the first one")


def canaries(stack):
    """A new version takes over by degrees, and goes back when any alarm of its function sounds."""
    groups = dict(stack.of("AWS::CodeDeploy::DeploymentGroup"))
    mapped = json.dumps(stack.of("AWS::Lambda::EventSourceMapping"))
    for function in stack.functions:
        alias = stack.all.get(f"{function}Aliaslive", {})
        stack.expect("CodeDeployLambdaAliasUpdate" in alias.get("UpdatePolicy", {}), function, "no gradual deployment")
        listed = groups.get(f"{function}DeploymentGroup", {}).get("AlarmConfiguration", {}).get("Alarms", [])
        wired = {alarm["Name"]["Ref"] for alarm in listed}
        wanted = {name for name, _ in alarms_of(stack, function)} - BESIDE_CANARY
        wanted |= {"RecordsFailed"} if f"{function}Alias" in mapped else set()
        stack.expect(wanted and wanted <= wired, function, f"its canary has no {', '.join(sorted(wanted - wired)) or 'alarm'}")


def dashboards(stack):
    """Every function is on the dashboard: how it fails, how long it takes, how late it is, and what it counts; nothing else is."""
    bodies = [board["DashboardBody"]["Fn::Sub"] for _, board in stack.of("AWS::CloudWatch::Dashboard")]
    stack.expect(bodies, "dashboards", "there is none")
    shown = set()
    for widget in (widget for body in bodies for widget in json.loads(body)["widgets"]):
        before = []
        for row in widget["properties"]["metrics"]:
            row = before[: len(before) + 1 - len(row)] + row[1:] if row[0] == "..." else row
            before = row
            shown.add(tuple(row))
    mapped = json.dumps(stack.of("AWS::Lambda::EventSourceMapping"))
    for function, name in stack.functions.items():
        wanted = {"Errors", "Duration"} | ({"IteratorAge"} if f"{function}Alias" in mapped else set())
        for metric in sorted(wanted):
            row = ("AWS/Lambda", metric, "FunctionName", f"${{AWS::StackName}}-{name}")
            stack.expect(row in shown, "Dashboard", f"`{name}` is not among {metric}")
        own = {row[1] for row in shown if row[0] == "Tact" and row[2:] == ("function", name)}
        stack.expect(own, "Dashboard", f"nothing that `{name}` counts")
        for metric in sorted(own - emitted(name)):
            stack.expect(False, "Dashboard", f"`{name}` emits no `{metric}`")
    names = set(stack.functions.values())
    strange = [row for row in shown if len(row) != 4 or row[3].removeprefix("${AWS::StackName}-") not in names]
    stack.expect(not strange, "Dashboard", f"of no function: {strange}")


def bounds(stack):
    """Nothing leaves until somebody says so, and a flood costs no more than it may."""
    parameters = stack.parameters
    stack.expect(parameters["DeliveryMode"].get("Default") == "shadow", "DeliveryMode", "a new deployment does not begin in shadow")
    stack.expect(parameters["SpendPerDay"].get("Default") == "0", "SpendPerDay", "a new deployment may spend")
    for name, function in stack.of("AWS::Lambda::Function"):
        stack.expect("Ref" in str(function.get("ReservedConcurrentExecutions")), name, "no parameter bounds its concurrency")
    for name, stage in stack.of("AWS::ApiGatewayV2::Stage"):
        settings = stage.get("DefaultRouteSettings", {})
        stack.expect({"ThrottlingBurstLimit", "ThrottlingRateLimit"} <= set(settings), name, "takes any number of requests")
        text = stage.get("AccessLogSettings", {}).get("Format", "")
        stack.expect(text and not re.search("path|sourceIp|header|requestTime", text), name, "logs who asked for what")


def receipts(stack):
    """What providers tell of messages reaches `reply`, complaints and undelivered ones included."""
    receipts = {"Ref": "Receipts"}
    texts_of = [one["EventDestinations"] for _, one in stack.of("AWS::SMSVOICE::ConfigurationSet")]
    told = [one for destinations in texts_of for one in destinations if one.get("SnsDestination") == {"TopicArn": receipts} and one["Enabled"]]
    stack.expect(any("TEXT_ALL" in one["MatchingEventTypes"] for one in told), "SmsEvents", "nobody hears what became of texts")
    told = [one["EventDestination"] for _, one in stack.of("AWS::SES::ConfigurationSetEventDestination")]
    heard = {kind for one in told if one.get("SnsDestination") == {"TopicARN": receipts} and one["Enabled"] for kind in one["MatchingEventTypes"]}
    stack.expect({"delivery", "bounce", "complaint", "reject"} <= heard, "EmailEvents", "nobody hears what became of e-mails")
    addresses = {json.dumps(one["TopicArn"]) for _, one in stack.of("AWS::SNS::Subscription") if one["Protocol"] == "https"}
    stack.expect({json.dumps(receipts), json.dumps({"Ref": "Texts"})} <= addresses, "Receipts", "`reply` does not hear of them")


def kept(stack):
    """What is kept is encrypted, and outlives the stack."""
    for name, item in stack.all.items():
        if item["Type"] in ("AWS::DynamoDB::Table", "AWS::Kinesis::Stream", "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::SecretsManager::Secret"):
            retained = item.get("DeletionPolicy") == item.get("UpdateReplacePolicy") == "Retain"
            stack.expect(retained, name, "is deleted with the stack")
    key = {"Fn::GetAtt": ["Key", "Arn"]}
    for name, stream in stack.of("AWS::Kinesis::Stream"):
        encryption = stream.get("StreamEncryption", {})
        stack.expect(encryption.get("EncryptionType") == "KMS" and encryption.get("KeyId") == key, name, "not encrypted")
        stack.expect("RetentionPeriodHours" in stream, name, "forgets before a mapping gives up")
    for name, topic in stack.of("AWS::SNS::Topic"):
        stack.expect(topic.get("KmsMasterKeyId") == key, name, "not encrypted")
    for name, bucket in stack.of("AWS::S3::Bucket"):
        stack.expect(all(bucket.get("PublicAccessBlockConfiguration", {"-": False}).values()), name, "may be public")
        stack.expect("BucketEncryption" in bucket and "LifecycleConfiguration" in bucket, name, "not encrypted, or kept for ever")
    for name, secret in stack.of("AWS::SecretsManager::Secret"):
        stack.expect(secret.get("KmsKeyId") == key and "SecretString" not in secret, name, "not under the key, or written down")
    for name, one in stack.of("AWS::KMS::Key"):
        stack.expect(one.get("EnableKeyRotation") is True, name, "does not rotate")
    tables = stack.of("AWS::DynamoDB::Table")
    stack.expect(len(tables) == 1, "tables", "one deployment has one table")
    for name, table in tables:
        stack.expect(table.get("DeletionProtectionEnabled") is True, name, "may be deleted")
        stack.expect(table.get("PointInTimeRecoverySpecification") == {"PointInTimeRecoveryEnabled": True}, name, "no point-in-time recovery")
        stack.expect(table.get("SSESpecification", {}).get("KMSMasterKeyId") == key, name, "not under the key")
        stack.expect(table.get("TimeToLiveSpecification") == {"AttributeName": "ttl", "Enabled": True}, name, "forgets nothing")
        stack.expect(table.get("StreamSpecification") == {"StreamViewType": "KEYS_ONLY"}, name, "its stream tells more than keys")
        index = [(one["IndexName"], [part["AttributeName"] for part in one["KeySchema"]]) for one in table.get("GlobalSecondaryIndexes", [])]
        stack.expect(index == [("due", ["due_shard", "due_at"])], name, "no index of what is due")


def keys(statement):
    """The leading keys that a statement holds to."""
    return [key for test in statement.get("Condition", {}).values() for key in texts(test.get("dynamodb:LeadingKeys", []))]


def emitted(function):
    """The names of the metrics that a function emits, as telemetry.rs writes them; none for no function."""
    bodies = dict(re.findall(r"^(?:pub\(crate\) )?fn (\w+)(.*?)^}", code(ROOT / "shared/aws/src/cloud/telemetry.rs"), re.DOTALL | re.MULTILINE))
    names = set()
    for line in EMITTED_BY.get(function, ["line"]) if function else []:
        # Pairs of a name and a number; and the names that are counted alike.
        names |= set(re.findall(r'\("([a-z_]+)",', bodies[line]))
        for listed in re.findall(r"let names = \[(.*?)\];", bodies[line], re.DOTALL):
            names |= set(re.findall(r'"([a-z_]+)"', listed))
        if "Ending::ALL" in bodies[line]:
            names |= ending_names()
    return names


def ending_names():
    """The names of the ways in which a record ends, each of which is a metric; ending.rs lists them."""
    body = code(ROOT / "shared/pipeline/src/ending.rs").split("fn name(")[1].split("\n    }")[0]
    return set(re.findall(r'=> "([a-z_]+)"', body))


def statements(item):
    """Every statement of every policy of a resource, whatever property it is in; of both branches of a condition."""

    def inside(value):
        if isinstance(value, dict):
            if "Effect" in value:
                yield value
            for one in value.values():
                yield from inside(one)
        elif isinstance(value, list):
            for one in value:
                yield from inside(one)

    return list(inside(item.get("Properties", {})))


def texts(value):
    """Every text in a value; an intrinsic function hands over those of its arguments."""
    if isinstance(value, str):
        return [value]
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for one in values for text in texts(one)]


def metrics(alarm):
    """The metrics an alarm looks at."""
    stats = [one["MetricStat"]["Metric"] for one in alarm.get("Metrics", []) if "MetricStat" in one]
    return stats or [alarm]


def alarms_of(stack, function):
    """The alarms about a function: those that name it, in our metrics or in Lambda's."""
    name = stack.functions[function]
    about = ({"Name": "FunctionName", "Value": full_name(name)}, {"Name": "function", "Value": name})
    every = stack.of("AWS::CloudWatch::Alarm")
    return [(name, alarm) for name, alarm in every if any(one in metric.get("Dimensions", []) for metric in metrics(alarm) for one in about)]


def full_name(name):
    return {"Fn::Sub": f"${{AWS::StackName}}-{name}"}


def keys_read(main):
    """The `TACT_` variables that a function reads: those its main names, those of what it is wired from, and those of what all are made of."""
    cloud = [code(path) for path in sorted((ROOT / "shared/aws/src/cloud").glob("*.rs"))]
    todo, seen = [code(main)], [text for text in cloud if not re.search(r"pub (async )?fn wire\(", text)]
    while todo:
        text = todo.pop()
        seen.append(text)
        for wired in set(re.findall(r"\b(\w+)::wire\(", text)):
            todo += [other for other in cloud if re.search(rf"pub struct {wired}\b", other) and other not in seen + todo]
    return {key for text in seen for key in re.findall(r'"(TACT_[A-Z_]+)"', text)}


def code(path):
    """A source without its tests and comments."""
    return re.sub(r"//[^\n]*", "", path.read_text().split("#[cfg(test)]")[0])


def resource(source, name):
    return source["Resources"][name]["Properties"]


def policy(source, role):
    return resource(source, role)["Policies"][0]["PolicyDocument"]["Statement"]
