"""A test of the rules: defects, each planted alone into the template as it is, each of which must be found. `main` first, then the defects by subject."""

import copy
import sys

from check_template import faults
from expand import template
from stack import Stack


def main():
    clean = template()
    found = faults(clean)
    for fault in found:
        print(f"infra/template.yaml: {fault}")
    missed = []
    for name, plant, expected in DEFECTS:
        source = copy.deepcopy(clean)
        plant(source)
        if not any(expected in fault for fault in set(faults(source)) - set(found)):
            missed.append(name)
            print(f"planted, and not found: {name}")
    print(f"{len(Stack(clean).all)} resources: {len(found)} faults; {len(DEFECTS)} planted defects: {len(missed)} missed")
    sys.exit(bool(found or missed))


def resource(source, name):
    return source["Resources"][name]["Properties"]


def policy(source, role):
    return resource(source, role)["Policies"][0]["PolicyDocument"]["Statement"]


def event(source, function, name):
    return resource(source, f"{function}Function")["Events"][name]["Properties"]


def variables(source, function):
    return resource(source, f"{function}Function")["Environment"]["Variables"]


def parameter(source, name):
    return source["Parameters"][name]


def canary(source, function):
    return resource(source, f"{function}Function")["DeploymentPreference"]["Alarms"]


def allow(source, role, action, on, **more):
    policy(source, role).append({"Effect": "Allow", "Action": action, "Resource": on, **more})


def also(source, role, action):
    """One more action beside those that a role has on items."""
    policy(source, role)[0]["Action"].append(action)


def write_keys(source, role, *more):
    policy(source, role)[1]["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"].extend(more)


def operator(source, role, instead):
    condition = policy(source, role)[0]["Condition"]
    condition[instead] = condition.pop("ForAllValues:StringLike")


def trust(source, role, principal):
    resource(source, role)["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] = principal


def without_alarm(source, function, alarm):
    source["Resources"].pop(alarm)
    if {"Ref": alarm} in canary(source, function):
        canary(source, function).remove({"Ref": alarm})


def dashboard(source, old, new):
    body = resource(source, "Dashboard")["DashboardBody"]
    assert old in body["Fn::Sub"], old
    body["Fn::Sub"] = body["Fn::Sub"].replace(old, new)


def bucket_rule(source):
    return resource(source, "FailedRecords")["LifecycleConfiguration"]["Rules"][0]


def stranger(source, name):
    """A statement for another account, in the policy of a topic."""
    one = {"Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": "sns:Publish", "Resource": {"Ref": name}}
    resource(source, f"{name}Policy")["PolicyDocument"]["Statement"].append(one)


OTHER = "arn:aws:iam::999999999999:root"
TABLE = {"Fn::GetAtt": ["Table", "Arn"]}
FOR_ALL = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["c#*"]}}
NOT_LIKE = "ForAllValues:StringNotLike"

# Each is a name, a change that breaks one thing, and what must be found then.
ROLES = [
    ("a wildcard action", lambda t: policy(t, "CheckinRole")[0].update(Action="dynamodb:*"), "is a wildcard"),
    ("a wildcard resource", lambda t: policy(t, "ReplyRole")[0].update(Resource="*"), "is a wildcard"),
    ("a wildcard in a branch", lambda t: policy(t, "DispatchRole").append({"Fn::If": ["HasSms", {"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}, {"Ref": "AWS::NoValue"}]}), "is a wildcard"),
    ("what is allowed where there is no number", lambda t: policy(t, "DispatchRole").append({"Fn::If": ["HasSms", {"Ref": "AWS::NoValue"}, {"Effect": "Allow", "Action": "sns:Publish", "Resource": {"Ref": "Texts"}}]}), "`sns:Publish` on `!Ref Texts` if not HasSms"),
    ("a decider that scans", lambda t: also(t, "CheckinRole", "dynamodb:Scan"), "CheckinRole: allows what no table does: `dynamodb:Scan`"),
    ("a scan that no keys hold", lambda t: allow(t, "GeolocationRole", "dynamodb:Scan", TABLE), "GeolocationRole: touches the table without leading keys"),
    ("a function that updates", lambda t: also(t, "WakeRole", "dynamodb:UpdateItem"), "WakeRole: allows what no table does: `dynamodb:UpdateItem`"),
    ("a function that deletes", lambda t: also(t, "DispatchRole", "dynamodb:DeleteItem"), "DispatchRole: allows what no table does: `dynamodb:DeleteItem`"),
    ("a function that reads by the hundred", lambda t: also(t, "OutcomeRole", "dynamodb:BatchGetItem"), "OutcomeRole: allows what no table does: `dynamodb:BatchGetItem`"),
    ("a function that writes by the hundred", lambda t: also(t, "PartnerRole", "dynamodb:BatchWriteItem"), "PartnerRole: allows what no table does: `dynamodb:BatchWriteItem`"),
    ("a function that writes by transaction", lambda t: also(t, "ReplyRole", "dynamodb:TransactWriteItems"), "ReplyRole: allows what no table does: `dynamodb:TransactWriteItems`"),
    ("a statement in PartiQL", lambda t: allow(t, "CommentRole", "dynamodb:PartiQLSelect", TABLE, Condition=FOR_ALL), "CommentRole: allows what no table does: `dynamodb:PartiQLSelect`"),
    ("a decider that reads the secret", lambda t: allow(t, "CheckinRole", "secretsmanager:GetSecretValue", {"Ref": "Secret"}), "CheckinRole: allows what no table does: `secretsmanager:GetSecretValue`"),
    ("a clock that reads the secret", lambda t: allow(t, "WakeRole", "secretsmanager:GetSecretValue", {"Ref": "Secret"}), "WakeRole: allows what no table does: `secretsmanager:GetSecretValue`"),
    ("a role that hands on another", lambda t: allow(t, "WakeRole", "iam:PassRole", {"Fn::GetAtt": ["DispatchRole", "Arn"]}), "`iam:PassRole`"),
    ("a function that deletes its stream", lambda t: allow(t, "PurchaseRole", "kinesis:DeleteStream", {"Fn::GetAtt": ["PurchaseStream", "Arn"]}), "`kinesis:DeleteStream`"),
    ("a function that reads another's stream", lambda t: policy(t, "CheckinRole")[6]["Resource"].append({"Fn::GetAtt": ["ConsentStream", "Arn"]}), "on `!GetAtt ConsentStream.Arn`"),
    ("all keys but some", lambda t: operator(t, "CheckinRole", NOT_LIKE), "under `ForAllValues:StringNotLike"),
    ("keys of which one is enough", lambda t: operator(t, "OutcomeRole", "ForAnyValue:StringLike"), "under `ForAnyValue:StringLike"),
    ("keys where there are any", lambda t: operator(t, "ReplyRole", "ForAllValues:StringLikeIfExists"), "under `ForAllValues:StringLikeIfExists"),
    ("a decider that writes codes", lambda t: write_keys(t, "CheckinRole", "o#*"), "CheckinRole: allows what no table does: `dynamodb:PutItem`"),
    ("a decider that writes numbers", lambda t: write_keys(t, "PurchaseRole", "n#*"), "PurchaseRole: allows what no table does: `dynamodb:PutItem`"),
    ("a decider that writes the switch", lambda t: write_keys(t, "GeolocationRole", "k#*"), "GeolocationRole: allows what no table does: `dynamodb:PutItem`"),
    ("a decider that writes what was learnt", lambda t: write_keys(t, "WakeRole", "m#*"), "WakeRole: allows what no table does: `dynamodb:PutItem`"),
    ("a reply that sends texts", lambda t: allow(t, "ReplyRole", "sms-voice:SendTextMessage", {"Ref": "SmsOrigination"}), "ReplyRole: allows what no table does: `sms-voice:SendTextMessage`"),
    ("a role without what it needs", lambda t: policy(t, "ReplyRole").pop(3), "ReplyRole: does not allow what it must: `secretsmanager:GetSecretValue`"),
    ("a prohibition", lambda t: policy(t, "WakeRole")[2].update(Effect="Deny"), "Effect: Deny"),
    ("a condition beside the keys", lambda t: policy(t, "WakeRole")[2].update(Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}), "aws:MultiFactorAuthPresent"),
    ("a policy in the older language", lambda t: resource(t, "WakeRole")["Policies"][0]["PolicyDocument"].update(Version="2008-10-17"), "WakeRole: `Version` is 2008-10-17"),
    ("a managed policy", lambda t: resource(t, "CheckinRole").update(ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"]), "CheckinRole: `ManagedPolicyArns` is"),
    ("a role nobody thought of", lambda t: t["Resources"].update(SpareRole=copy.deepcopy(t["Resources"]["CheckinRole"])), "no table knows this role"),
    ("a role for another account", lambda t: trust(t, "DispatchRole", {"AWS": OTHER}), f"DispatchRole: allows what no table does: `AWS {OTHER}`"),
    ("a role for another service", lambda t: trust(t, "CheckinRole", {"Service": "ec2.amazonaws.com"}), "`Service ec2.amazonaws.com` `sts:AssumeRole`"),
    ("a role for somebody besides", lambda t: trust(t, "ReplyRole", {"Service": "lambda.amazonaws.com", "AWS": OTHER}), f"ReplyRole: allows what no table does: `AWS {OTHER}`"),
    ("a key for another account", lambda t: resource(t, "Key")["KeyPolicy"]["Statement"][0].update(Principal={"AWS": OTHER}), f"Key: trusts `AWS {OTHER}`"),
    ("a key that all publishers of AWS may use", lambda t: resource(t, "Key")["KeyPolicy"]["Statement"][1].pop("Condition"), "Key: allows what no table does: `Service cloudwatch.amazonaws.com`"),
    ("a topic for another account", lambda t: stranger(t, "Alarms"), f"AlarmsPolicy: trusts `AWS {OTHER}`"),
    ("receipts of another account", lambda t: stranger(t, "Receipts"), f"ReceiptsPolicy: allows what no table does: `AWS {OTHER}`"),
    ("a bucket for another account", lambda t: t["Resources"].update(Open={"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "FailedRecords"}, "PolicyDocument": {"Statement": [{"Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": "s3:GetObject", "Resource": "x"}]}}}), f"Open: trusts `AWS {OTHER}`"),
    ("a function that another account invokes", lambda t: t["Resources"].update(Call={"Type": "AWS::Lambda::Permission", "Properties": {"Action": "lambda:InvokeFunction", "FunctionName": {"Ref": "ReplyFunction"}, "Principal": "999999999999"}}), "Call: no table knows this `AWS::Lambda::Permission`"),
    ("a rule whose notices are lost", lambda t: resource(t, "AlarmsPolicy")["PolicyDocument"]["Statement"][1].update(Condition={"ArnEquals": {"aws:SourceArn": "x"}}), "AlarmsPolicy: does not allow what it must: `Service events.amazonaws.com`"),
    ("a topic for another account's mail", lambda t: resource(t, "ReceiptsPolicy")["PolicyDocument"]["Statement"][0].pop("Condition"), "ReceiptsPolicy: allows what no table does: `Service ses.amazonaws.com`"),
    ("addresses for a decider", lambda t: policy(t, "CheckinRole")[0]["Condition"]["ForAllValues:StringLike"].update({"dynamodb:LeadingKeys": ["c#*", "r#*"]}), "touches addresses"),
    ("a table without leading keys", lambda t: policy(t, "WakeRole")[1].pop("Condition"), "without leading keys"),
    ("a function that may not read what it reads at the start", lambda t: policy(t, "CheckinRole")[0]["Condition"]["ForAllValues:StringLike"].update({"dynamodb:LeadingKeys": ["b#*", "k#catalogue"]}), "reads at the start"),
]
BEGINNING = [
    ("a deployment that begins live", lambda t: parameter(t, "DeliveryMode").update(Default="live"), "DeliveryMode: `Default` is live, and must be shadow"),
    ("a deployment that is live whatever is asked", lambda t: variables(t, "Dispatch").update(TACT_DELIVERY="live"), "`TACT_DELIVERY` is live, and must be !Ref DeliveryMode"),
    ("a deployment that may spend", lambda t: parameter(t, "SpendPerDay").update(Default="1000000"), "SpendPerDay: `Default` is 1000000"),
    ("a deployment that spends whatever is asked", lambda t: variables(t, "Dispatch").update(TACT_SPEND_PER_DAY="1000000"), "`TACT_SPEND_PER_DAY` is 1000000"),
    ("another table", lambda t: t["Globals"]["Function"]["Environment"]["Variables"].update(TACT_TABLE="other"), "`TACT_TABLE` is other"),
    ("another table for one", lambda t: variables(t, "Comment").update(TACT_TABLE="other"), "CommentFunction: `TACT_TABLE` is other"),
    ("opt-outs into the stream of outcomes", lambda t: variables(t, "Reply").update(TACT_CONSENT_STREAM={"Ref": "OutcomeStream"}), "`TACT_CONSENT_STREAM` is !Ref OutcomeStream"),
    ("decisions into the stream of what is due", lambda t: variables(t, "Wake").update(TACT_DECISION_LOG={"Ref": "DueStream"}), "`TACT_DECISION_LOG` is !Ref DueStream"),
    ("topics of others", lambda t: variables(t, "Reply").update(TACT_SNS_TOPICS="arn:aws:sns:us-east-1:999999999999:x"), "`TACT_SNS_TOPICS` is"),
    ("an unknown environment key", lambda t: variables(t, "Dispatch").update(TACT_DELIVRY="shadow"), "nothing reads it"),
    ("a clock for runs on one machine", lambda t: variables(t, "Checkin").update(TACT_CLOCK="arrival"), "`TACT_CLOCK` is for runs on one machine"),
    ("a time before which nothing is decided", lambda t: variables(t, "Wake").update(TACT_FOLD_ONLY_UNTIL="2026-10-31T04:00:00Z"), "`TACT_FOLD_ONLY_UNTIL` is for"),
    ("an address of a service", lambda t: variables(t, "Reply").update(AWS_ENDPOINT_URL_DYNAMODB="http://127.0.0.1:1"), "`AWS_ENDPOINT_URL_DYNAMODB` is for"),
    ("a secret in the environment", lambda t: variables(t, "Reply").update(TACT_SECRET="c2VjcmV0"), "`TACT_SECRET` is c2VjcmV0, and must be !Ref Secret"),
    ("a missing environment key", lambda t: variables(t, "Reply").pop("TACT_SECRET"), "is read, and not set"),
    ("a rollout at once", lambda t: parameter(t, "Rollout").update(Default="AllAtOnce"), "Rollout: `Default` is AllAtOnce"),
    ("a condition that never holds", lambda t: t["Conditions"].update(HasAlarmEmail={"Fn::Equals": ["a", "b"]}), "Conditions: `HasAlarmEmail` is"),
    ("an alarm in some deployments only", lambda t: t["Resources"]["CheckinErrors"].update(Condition="HasSms"), "CheckinErrors: is there if HasSms"),
    ("a function without bound", lambda t: resource(t, "GeolocationFunction").pop("ReservedConcurrentExecutions"), "GeolocationFunction: `ReservedConcurrentExecutions` is missing"),
    ("a function that never runs", lambda t: resource(t, "GeolocationFunction").update(ReservedConcurrentExecutions=0), "`ReservedConcurrentExecutions` is 0"),
    ("a function that shares a role", lambda t: resource(t, "PartnerFunction").update(Role={"Fn::GetAtt": ["CheckinRole", "Arn"]}), "PartnerFunction: `Role` is !GetAtt CheckinRole.Arn"),
    ("another function's code", lambda t: resource(t, "CheckinFunction").update(CodeUri="../target/lambda/purchase"), "CheckinFunction: runs the code of ../target/lambda/purchase"),
    ("a dispatch without the layer that keeps the secret", lambda t: resource(t, "DispatchFunction").pop("Layers"), "DispatchFunction: `Layers` is missing"),
    ("a reply without the layer that keeps the secret", lambda t: resource(t, "ReplyFunction").pop("Layers"), "ReplyFunction: `Layers` is missing"),
    ("a layer for everybody", lambda t: t["Globals"]["Function"].update(Layers=["arn:aws:lambda:us-east-1:999999999999:layer:x:1"]), "CheckinFunction: `Layers` is"),
    ("a second for everything", lambda t: t["Globals"]["Function"].update(Timeout=1), "WakeFunction: `Timeout` is 1, and must be 30"),
    ("a reply that takes a quarter of an hour", lambda t: resource(t, "ReplyFunction").update(Timeout=900), "ReplyFunction: `Timeout` is 900, and must be 10"),
    ("another processor", lambda t: resource(t, "ReplyFunction").update(Architectures=["x86_64"]), "`Architectures` is [x86_64]"),
]
WAKING = [
    ("a mapping that does not bisect", lambda t: event(t, "Outcome", "Consent").pop("BisectBatchOnFunctionError"), "`BisectBatchOnFunctionError` is missing"),
    ("a mapping that ignores responses", lambda t: event(t, "Outcome", "Consent").pop("FunctionResponseTypes"), "`FunctionResponseTypes` is missing"),
    ("a mapping that loses records", lambda t: event(t, "Partner", "Partner").pop("DestinationConfig"), "`DestinationConfig` is missing"),
    ("a mapping without age", lambda t: event(t, "Wake", "Due").pop("MaximumRecordAgeInSeconds"), "`MaximumRecordAgeInSeconds` is missing"),
    ("a mapping that gives up after a minute", lambda t: event(t, "Purchase", "Purchase").update(MaximumRecordAgeInSeconds=60), "`MaximumRecordAgeInSeconds` is 60"),
    ("a mapping of the table that outlives its stream", lambda t: event(t, "Dispatch", "Decided").update(MaximumRecordAgeInSeconds=86400), "`MaximumRecordAgeInSeconds` is 86400, and must be 82800"),
    ("a mapping that retries for ever", lambda t: event(t, "Checkin", "Checkin").update(MaximumRetryAttempts=-1), "`MaximumRetryAttempts` is -1"),
    ("mappings that never retry", lambda t: parameter(t, "Retries").update(Default=0, MinValue=0), "Retries: `Default` is 0"),
    ("streams that forget before mappings give up", lambda t: parameter(t, "StreamRetentionHours").update(Default=24, MinValue=24), "StreamRetentionHours: `Default` is 24"),
    ("streams that may be told to forget before that", lambda t: parameter(t, "StreamRetentionHours").update(MinValue=24), "StreamRetentionHours: `MinValue` is 24"),
    ("a mapping from another stream", lambda t: event(t, "Checkin", "Checkin").update(Stream={"Fn::GetAtt": ["PurchaseStream", "Arn"]}), "CheckinFunctionCheckin: `EventSourceArn` is !GetAtt PurchaseStream.Arn"),
    ("a mapping that rests", lambda t: event(t, "Checkin", "Checkin").update(Enabled=False), "CheckinFunctionCheckin: `Enabled` is false"),
    ("a mapping that begins with what comes next", lambda t: event(t, "Outcome", "Consent").update(StartingPosition="LATEST"), "`StartingPosition` is LATEST"),
    ("a stream that nothing reads", lambda t: resource(t, "OutcomeFunction")["Events"].pop("Consent"), "OutcomeFunctionConsent: this `AWS::Lambda::EventSourceMapping` is missing"),
    ("a function that a second stream wakes", lambda t: resource(t, "CheckinFunction")["Events"].update(More={"Type": "Kinesis", "Properties": copy.deepcopy(event(t, "Purchase", "Purchase"))}), "no table knows this `AWS::Lambda::EventSourceMapping`"),
    ("a dispatch that everything wakes", lambda t: event(t, "Dispatch", "Decided").pop("FilterCriteria"), "`FilterCriteria` is missing"),
    ("a decider that filters", lambda t: event(t, "Checkin", "Checkin").update(FilterCriteria={"Filters": [{"Pattern": '{"data":{"store":["1"]}}'}]}), "CheckinFunctionCheckin: `FilterCriteria` is"),
    ("a clock that does not tick", lambda t: resource(t, "WakeFunction")["Events"].pop("Tick"), "WakeFunctionTick: this `AWS::Events::Rule` is missing"),
    ("a clock that stands", lambda t: event(t, "Wake", "Tick").update(Enabled=False), "WakeFunctionTick: `State` is DISABLED"),
    ("a clock that ticks once a day", lambda t: event(t, "Wake", "Tick").update(Schedule="rate(1 day)"), "`ScheduleExpression` is rate(1 day)"),
    ("ticks that pile up", lambda t: resource(t, "WakeFunction").pop("EventInvokeConfig"), "this `AWS::Lambda::EventInvokeConfig` is missing"),
]
ALARMS = [
    ("a missing alarm on lateness", lambda t: without_alarm(t, "Purchase", "PurchaseLate"), "PurchaseLate: no alarm on IteratorAge"),
    ("a missing alarm on errors", lambda t: without_alarm(t, "Wake", "WakeErrors"), "WakeErrors: no alarm on Errors"),
    ("a missing alarm on p99", lambda t: without_alarm(t, "Reply", "ReplySlow"), "ReplySlow: no alarm on Duration"),
    ("a missing alarm on what is left undone", lambda t: without_alarm(t, "Comment", "CommentFailures"), "CommentFailures: no alarm on undone"),
    ("a missing alarm on opt-outs", lambda t: without_alarm(t, "Outcome", "OutcomeOptOuts"), "no alarm on quarantined and undone"),
    ("a missing alarm on caps", lambda t: without_alarm(t, "Dispatch", "DispatchCapped"), "no alarm on capped"),
    ("a missing alarm on spending", lambda t: without_alarm(t, "Dispatch", "DispatchSpent"), "no alarm on unaffordable"),
    ("a missing alarm on complaints", lambda t: without_alarm(t, "Dispatch", "Complaints"), "no alarm on Reputation.ComplaintRate"),
    ("records that may be lost unheard", lambda t: resource(t, "RecordsLost")["Metrics"].pop(1), "RecordsLost: `Metrics` is"),
    ("an alarm that waits for more than one", lambda t: resource(t, "RecordsFailed").update(Threshold=10), "RecordsFailed: `Threshold` is 10"),
    ("an alarm nobody hears", lambda t: resource(t, "WakeErrors").pop("AlarmActions"), "WakeErrors: `AlarmActions` is missing"),
    ("an alarm that is switched off", lambda t: resource(t, "WakeErrors").update(ActionsEnabled=False), "WakeErrors: `ActionsEnabled` is false"),
    ("an alarm on nothing", lambda t: resource(t, "WakeFailures").update(MetricName="failled"), "`wake` emits no `failled`"),
    ("an alarm on what another function counts", lambda t: resource(t, "CheckinFailures").update(MetricName="sent"), "`checkin` emits no `sent`"),
    ("a metric of another stack's form", lambda t: resource(t, "CheckinFailures")["Dimensions"].append({"Name": "stage", "Value": "x"}), "emits no `undone`"),
    ("an alarm about another function", lambda t: resource(t, "PurchaseErrors").update(Dimensions=[{"Name": "FunctionName", "Value": {"Fn::Sub": "${AWS::StackName}-checkin"}}]), "PurchaseErrors: `Dimensions` is"),
    ("errors by the million", lambda t: resource(t, "CheckinErrors").update(Threshold=1_000_000), "CheckinErrors: `Threshold` is 1000000"),
    ("an alarm when all is well", lambda t: resource(t, "CheckinErrors").update(ComparisonOperator="LessThanThreshold"), "`ComparisonOperator` is LessThanThreshold"),
    ("records that wait for ten days", lambda t: resource(t, "OutcomeLate").update(Threshold=864_000_000), "OutcomeLate: `Threshold` is 864000000"),
    ("a p99 of half an hour", lambda t: resource(t, "PurchaseSlow").update(Threshold=2_000_000), "PurchaseSlow: `Threshold` is 2000000"),
    ("a median for a p99", lambda t: resource(t, "ReplySlow").update(ExtendedStatistic="p50"), "`ExtendedStatistic` is p50"),
    ("errors on average", lambda t: resource(t, "DispatchErrors").update(Statistic="Average"), "DispatchErrors: `Statistic` is Average"),
    ("errors of a day", lambda t: resource(t, "DispatchErrors").update(EvaluationPeriods=1440, DatapointsToAlarm=1440), "`DatapointsToAlarm` is 1440"),
    ("an alarm that looks once an hour", lambda t: resource(t, "GeolocationFailures").update(Period=3600), "GeolocationFailures: `Period` is 3600"),
    ("silence that stands for trouble", lambda t: resource(t, "PartnerLate").update(TreatMissingData="breaching"), "`TreatMissingData` is breaching"),
    ("opt-outs in the hundreds", lambda t: resource(t, "ReplyOptOuts").update(Threshold=100), "ReplyOptOuts: `Threshold` is 100"),
    ("an expression that is never above", lambda t: resource(t, "OutcomeOptOuts")["Metrics"][0].update(Expression="undone - undone"), "OutcomeOptOuts: `Metrics` is"),
    ("a rule that is switched off", lambda t: resource(t, "RecordFailed").update(State="DISABLED"), "RecordFailed: `State` is DISABLED"),
    ("a rule about another bucket", lambda t: resource(t, "RecordFailed")["EventPattern"]["detail"]["bucket"].update(name=["other"]), "RecordFailed: `EventPattern` is"),
    ("a rule that tells nobody", lambda t: resource(t, "RecordFailed").pop("Targets"), "RecordFailed: `Targets` is missing"),
    ("a bucket that tells nobody", lambda t: resource(t, "FailedRecords").pop("NotificationConfiguration"), "`NotificationConfiguration` is missing"),
    ("alarms that reach nobody's mailbox", lambda t: t["Resources"].pop("AlarmsToSomebody"), "AlarmsToSomebody: this `AWS::SNS::Subscription` is missing"),
    ("a dashboard without a function", lambda t: dashboard(t, ', ["...", "${AWS::StackName}-reply"]', ""), "`reply` is not among"),
    ("a dashboard that misspells", lambda t: dashboard(t, '["Tact", "sent"', '["Tact", "sentt"'), "`dispatch` emits no `sentt`"),
    ("a canary without alarm", lambda t: resource(t, "CommentFunction").pop("DeploymentPreference"), "its canary has no"),
    ("a canary without one alarm", lambda t: canary(t, "Reply").remove({"Ref": "ReplyOptOuts"}), "its canary has no ReplyOptOuts"),
    ("a canary for nobody", lambda t: resource(t, "CommentFunction")["DeploymentPreference"].update(Type="AllAtOnce"), "CommentFunctionDeploymentGroup: `DeploymentConfigName` is"),
    ("no canary", lambda t: resource(t, "CommentFunction")["DeploymentPreference"].update(Enabled=False), "CommentFunctionAliaslive: `CodeDeployLambdaAliasUpdate` is missing"),
]
KEPT = [
    ("a kind of resource nobody thought of", lambda t: t["Resources"].update(Queue={"Type": "AWS::SQS::Queue", "Properties": {}}), "that no rule looks at"),
    ("a secret that is written down", lambda t: resource(t, "Secret").update(SecretString="c2VjcmV0"), "Secret: `SecretString` is"),
    ("a secret of eight characters", lambda t: resource(t, "Secret")["GenerateSecretString"].update(PasswordLength=8), "PasswordLength: 8"),
    ("a key that does not turn", lambda t: resource(t, "Key").update(EnableKeyRotation=False), "Key: `EnableKeyRotation` is false"),
    ("a table without recovery", lambda t: resource(t, "Table").pop("PointInTimeRecoverySpecification"), "`PointInTimeRecoverySpecification` is missing"),
    ("a table under another key", lambda t: resource(t, "Table")["SSESpecification"].pop("KMSMasterKeyId"), "Table: `SSESpecification` is"),
    ("a table that is not encrypted", lambda t: resource(t, "Table")["SSESpecification"].update(SSEEnabled=False), "SSEEnabled: false"),
    ("a table that forgets nothing", lambda t: resource(t, "Table")["TimeToLiveSpecification"].update(Enabled=False), "Table: `TimeToLiveSpecification` is"),
    ("a table that may go", lambda t: resource(t, "Table").update(DeletionProtectionEnabled=False), "`DeletionProtectionEnabled` is false"),
    ("a table that tells more than keys", lambda t: resource(t, "Table").update(StreamSpecification={"StreamViewType": "NEW_IMAGE"}), "Table: `StreamSpecification` is"),
    ("a bucket for anybody", lambda t: resource(t, "FailedRecords")["PublicAccessBlockConfiguration"].update(BlockPublicAcls=False), "BlockPublicAcls: false"),
    ("a bucket that goes with the stack", lambda t: t["Resources"]["FailedRecords"].pop("DeletionPolicy"), "is deleted with the stack"),
    ("failed records that are gone in a day", lambda t: bucket_rule(t).update(ExpirationInDays=1), "ExpirationInDays: 1"),
    ("failed records that may be gone in a day", lambda t: parameter(t, "FailedRecordDays").update(MinValue=1), "FailedRecordDays: `MinValue` is 1"),
    ("failed records that are kept for ever", lambda t: bucket_rule(t).update(Status="Disabled"), "FailedRecords: `LifecycleConfiguration` is"),
    ("a stream in the clear", lambda t: resource(t, "ConsentStream").pop("StreamEncryption"), "ConsentStream: `StreamEncryption` is missing"),
    ("a log for ever", lambda t: resource(t, "CheckinLogs").pop("RetentionInDays"), "CheckinLogs: `RetentionInDays` is missing"),
    ("an API without bound", lambda t: resource(t, "ReplyApi").pop("DefaultRouteSettings"), "`DefaultRouteSettings` is missing"),
    ("an API that logs addresses", lambda t: resource(t, "ReplyApi")["AccessLogSettings"].update(Format='{"ip":"$context.identity.sourceIp"}'), "`AccessLogSettings` is"),
    ("a subscription that nobody is there to confirm", lambda t: t["Resources"]["TextsToReply"].pop("DependsOn"), "TextsToReply: waits for nothing"),
    ("texts that nobody hears of", lambda t: resource(t, "SmsEvents")["EventDestinations"].pop(), "SmsEvents: `EventDestinations` is"),
    ("e-mails whose complaints nobody hears", lambda t: resource(t, "EmailEventsToReceipts")["EventDestination"]["MatchingEventTypes"].remove("complaint"), "EmailEventsToReceipts: `EventDestination` is"),
    ("a mailbox provider's complaints uncounted", lambda t: resource(t, "EmailEvents")["ReputationOptions"].update(ReputationMetricsEnabled=False), "EmailEvents: `ReputationOptions` is"),
    ("receipts for somebody else", lambda t: resource(t, "ReceiptsToReply").update(Endpoint="https://example.com/receipts"), "ReceiptsToReply: `Endpoint` is https://example.com/receipts"),
    ("texts for somebody else too", lambda t: t["Resources"].update(More={"Type": "AWS::SNS::Subscription", "Properties": {"TopicArn": {"Ref": "Texts"}, "Protocol": "https", "Endpoint": "https://example.com"}}), "no table knows this `AWS::SNS::Subscription`"),
]
DEFECTS = ROLES + BEGINNING + WAKING + ALARMS + KEPT


if __name__ == "__main__":
    main()
