"""What must hold of every resource of the deployment, and, as a test of these rules, defects that each of them must find."""

import json
import re
import sys
from pathlib import Path

from expand import expanded, template

ROOT = Path(__file__).resolve().parent.parent
# Read by a library and not by our code.
FOR_LIBRARIES = {"SSL_CERT_FILE"}
# Read by our code, and never set in a deployment: a stand-in of SNS, for tests.
FOR_TESTS = {"TACT_SNS_CERTIFICATES"}
# Who may touch addresses, and who hears opt-outs.
ADDRESSES = {"dispatch", "outcome", "reply"}
OPT_OUTS = {"outcome", "reply"}
# Its API waits for the canary, so it cannot be among the alarms of it.
BESIDE_CANARY = {"ReplyApiErrors"}
# The service names these objects itself; a key policy is about its own key.
NAMED_BY_SERVICE = {"${FailedRecords.Arn}/aws/lambda/*"}
DAY_S = 86_400


class Stack:
    """The expanded template, by type, with what it finds wrong."""

    def __init__(self, source):
        self.all = expanded(source)["Resources"]
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
    for rule in (permissions, addresses, functions, environments, mappings, alarms, canaries, kept):
        rule(stack)
    return stack.found


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
        for arn in texts(item.get("Properties", {}).get("ManagedPolicyArns", [])):
            ours = arn.endswith("service-role/AWSCodeDeployRoleForLambda")
            ours |= arn.endswith("service-role/AWSCodeDeployRoleForLambdaLimited")
            stack.expect(ours, name, f"`{arn}` allows more than this function needs")


def addresses(stack):
    """Whoever touches the table is held to keys; addresses are for three functions alone."""
    for name, role in stack.of("AWS::IAM::Role"):
        function = name.removesuffix("Role").lower()
        for statement in statements({"Properties": role}):
            if not any(action in ("dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem") for action in texts(statement["Action"])):
                continue
            keys = [key for test in statement.get("Condition", {}).values() for key in texts(test.get("dynamodb:LeadingKeys", []))]
            stack.expect(keys, name, "touches the table without leading keys")
            stack.expect(all(len(key.rstrip("*")) > 1 or key.isdigit() for key in keys), name, "a leading key that is anything")
            reaches = any(key.startswith("r#") for key in keys)
            stack.expect(not reaches or function in ADDRESSES, name, "touches addresses (`r#`)")


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
        stack.expect("LogGroup" in function.get("LoggingConfig", {}), name, "no log group of its own")
    for name, group in stack.of("AWS::Logs::LogGroup"):
        stack.expect("RetentionInDays" in group, name, "kept for ever")


def environments(stack):
    """The environment in the template is the environment that the code reads."""
    for name, function in stack.of("AWS::Lambda::Function"):
        given = set(function["Environment"]["Variables"])
        read = keys_read(ROOT / "functions" / stack.functions[name] / "src/main.rs")
        for key in sorted(given - read - FOR_LIBRARIES):
            stack.expect(False, name, f"`{key}` is set, and nothing reads it")
        for key in sorted(read - given - FOR_TESTS):
            stack.expect(False, name, f"`{key}` is read, and not set")


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
    """Every function has its alarms, each about that function and heard by the topic; every metric of ours is one that is emitted."""
    emitted = (ROOT / "shared/aws/src/cloud/telemetry.rs").read_text()
    for name, alarm in stack.of("AWS::CloudWatch::Alarm"):
        stack.expect(alarm.get("AlarmActions") == [{"Ref": "Alarms"}], name, "nobody hears it")
        for metric in metrics(alarm):
            if metric["Namespace"] == "Tact":
                known = re.search(rf'\("{metric["MetricName"]}",|"{metric["MetricName"]}"[,\]]', emitted)
                stack.expect(known, name, f"nothing emits `{metric['MetricName']}`")
    for function, name in stack.functions.items():
        about = [
            (metric["Namespace"], metric["MetricName"], alarm.get("ExtendedStatistic"))
            for _, alarm in alarms_of(stack, function)
            for metric in metrics(alarm)
        ]
        mapped = any(f"{function}Alias" in json.dumps(mapping) for _, mapping in stack.of("AWS::Lambda::EventSourceMapping"))
        wanted = [("AWS/Lambda", "Errors", None), ("AWS/Lambda", "Duration", "p99")]
        wanted += [("AWS/Lambda", "IteratorAge", None), ("Tact", "undone", None)] if mapped else []
        for alarm in wanted:
            stack.expect(alarm in about, function, f"no alarm on {alarm[1]}")
        prefix = function.removesuffix("Function")
        stack.expect(f"{prefix}Failures" in stack.all, function, "no alarm on failures")
        stack.expect(name not in OPT_OUTS or f"{prefix}OptOuts" in stack.all, function, "no alarm on opt-outs")
    stack.expect("RecordsFailed" in stack.all, "FailedRecords", "no alarm on records that were given up")


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
    """The `TACT_` variables that a function reads: those its main names, and those of what it is wired from."""
    cloud = [code(path) for path in sorted((ROOT / "shared/aws/src/cloud").glob("*.rs"))]
    todo, seen = [code(main)], []
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


# A change that breaks one thing, and what must be found then.
DEFECTS = [
    ("a wildcard action", lambda t: policy(t, "CheckinRole")[0].update(Action="dynamodb:*"), "is a wildcard"),
    ("a wildcard resource", lambda t: policy(t, "ReplyRole")[0].update(Resource="*"), "is a wildcard"),
    ("a wildcard in a branch", lambda t: policy(t, "DispatchRole").append({"Fn::If": ["HasSms", {"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}, {"Ref": "AWS::NoValue"}]}), "is a wildcard"),
    ("addresses for a decider", lambda t: policy(t, "CheckinRole")[0]["Condition"]["ForAllValues:StringLike"].update({"dynamodb:LeadingKeys": ["c#*", "r#*"]}), "touches addresses"),
    ("a table without leading keys", lambda t: policy(t, "WakeRole")[1].pop("Condition"), "without leading keys"),
    ("a missing alarm", lambda t: (t["Resources"].pop("PurchaseLate"), resource(t, "PurchaseFunction")["DeploymentPreference"]["Alarms"].remove({"Ref": "PurchaseLate"})), "no alarm on IteratorAge"),
    ("an alarm nobody hears", lambda t: resource(t, "WakeErrors").pop("AlarmActions"), "nobody hears it"),
    ("an alarm on nothing", lambda t: resource(t, "WakeFailures").update(MetricName="failled"), "nothing emits"),
    ("a canary without alarm", lambda t: resource(t, "CommentFunction").pop("DeploymentPreference"), "its canary has no"),
    ("a canary without one alarm", lambda t: resource(t, "ReplyFunction")["DeploymentPreference"]["Alarms"].remove({"Ref": "ReplyOptOuts"}), "its canary has no ReplyOptOuts"),
    ("an unknown environment key", lambda t: resource(t, "DispatchFunction")["Environment"]["Variables"].update(TACT_DELIVRY="shadow"), "nothing reads it"),
    ("a missing environment key", lambda t: resource(t, "ReplyFunction")["Environment"]["Variables"].pop("TACT_SECRET"), "is read, and not set"),
    ("a mapping that does not bisect", lambda t: resource(t, "OutcomeFunction")["Events"]["Consent"]["Properties"].pop("BisectBatchOnFunctionError"), "does not bisect"),
    ("a mapping that ignores responses", lambda t: resource(t, "OutcomeFunction")["Events"]["Consent"]["Properties"].pop("FunctionResponseTypes"), "partial responses"),
    ("a mapping that loses records", lambda t: resource(t, "PartnerFunction")["Events"]["Partner"]["Properties"].pop("DestinationConfig"), "are lost"),
    ("a mapping without age", lambda t: resource(t, "WakeFunction")["Events"]["Due"]["Properties"].pop("MaximumRecordAgeInSeconds"), "not bounded by age"),
    ("a dispatch that everything wakes", lambda t: resource(t, "DispatchFunction")["Events"]["Decided"]["Properties"].pop("FilterCriteria"), "the filter"),
    ("a stream in the clear", lambda t: resource(t, "ConsentStream").pop("StreamEncryption"), "not encrypted"),
    ("a table that may go", lambda t: resource(t, "Table").update(DeletionProtectionEnabled=False), "may be deleted"),
    ("a bucket that goes with the stack", lambda t: t["Resources"]["FailedRecords"].pop("DeletionPolicy"), "is deleted with the stack"),
    ("a log for ever", lambda t: resource(t, "CheckinLogs").pop("RetentionInDays"), "kept for ever"),
]


def main():
    found = faults(template())
    for fault in found:
        print(f"infra/template.yaml: {fault}")
    missed = []
    for name, plant, expected in DEFECTS:
        source = template()
        plant(source)
        if not any(expected in fault for fault in set(faults(source)) - set(found)):
            missed.append(name)
            print(f"planted, and not found: {name}")
    print(f"{len(Stack(template()).all)} resources: {len(found)} faults; {len(DEFECTS)} planted defects: {len(missed)} missed")
    sys.exit(bool(found or missed))


if __name__ == "__main__":
    main()
