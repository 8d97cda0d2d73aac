"""A test of the rules: defects, each planted alone into the template as it is, each of which must be found."""

import sys

from check_template import Stack, faults
from expand import template


def resource(source, name):
    return source["Resources"][name]["Properties"]


def policy(source, role):
    return resource(source, role)["Policies"][0]["PolicyDocument"]["Statement"]


def event(source, function, name):
    return resource(source, f"{function}Function")["Events"][name]["Properties"]


def variables(source, function):
    return resource(source, f"{function}Function")["Environment"]["Variables"]


def canary(source, function):
    return resource(source, f"{function}Function")["DeploymentPreference"]["Alarms"]


def without_alarm(source, function, alarm):
    source["Resources"].pop(alarm)
    if {"Ref": alarm} in canary(source, function):
        canary(source, function).remove({"Ref": alarm})


def dashboard(source, old, new):
    body = resource(source, "Dashboard")["DashboardBody"]
    assert old in body["Fn::Sub"], old
    body["Fn::Sub"] = body["Fn::Sub"].replace(old, new)


# A change that breaks one thing, and what must be found then.
DEFECTS = [
    ("a wildcard action", lambda t: policy(t, "CheckinRole")[0].update(Action="dynamodb:*"), "is a wildcard"),
    ("a wildcard resource", lambda t: policy(t, "ReplyRole")[0].update(Resource="*"), "is a wildcard"),
    ("a wildcard in a branch", lambda t: policy(t, "DispatchRole").append({"Fn::If": ["HasSms", {"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}, {"Ref": "AWS::NoValue"}]}), "is a wildcard"),
    ("a rule whose notices are lost", lambda t: resource(t, "AlarmsPolicy")["PolicyDocument"]["Statement"][1].update(Condition={"ArnEquals": {"aws:SourceArn": "x"}}), "events.amazonaws.com may not publish"),
    ("a topic for another account's mail", lambda t: resource(t, "ReceiptsPolicy")["PolicyDocument"]["Statement"][0].pop("Condition"), "or for anybody"),
    ("addresses for a decider", lambda t: policy(t, "CheckinRole")[0]["Condition"]["ForAllValues:StringLike"].update({"dynamodb:LeadingKeys": ["c#*", "r#*"]}), "touches addresses"),
    ("a table without leading keys", lambda t: policy(t, "WakeRole")[1].pop("Condition"), "without leading keys"),
    ("a function that may not read what it reads at the start", lambda t: policy(t, "CheckinRole")[0]["Condition"]["ForAllValues:StringLike"].update({"dynamodb:LeadingKeys": ["b#*", "k#catalogue"]}), "reads at the start"),
    ("a missing alarm on lateness", lambda t: without_alarm(t, "Purchase", "PurchaseLate"), "no alarm on IteratorAge"),
    ("a missing alarm on errors", lambda t: without_alarm(t, "Wake", "WakeErrors"), "no alarm on Errors"),
    ("a missing alarm on p99", lambda t: without_alarm(t, "Reply", "ReplySlow"), "no alarm on Duration"),
    ("a missing alarm on what is left undone", lambda t: without_alarm(t, "Comment", "CommentFailures"), "no alarm on undone"),
    ("a missing alarm on opt-outs", lambda t: without_alarm(t, "Outcome", "OutcomeOptOuts"), "no alarm on quarantined and undone"),
    ("a missing alarm on caps", lambda t: without_alarm(t, "Dispatch", "DispatchCapped"), "no alarm on capped"),
    ("a missing alarm on spending", lambda t: without_alarm(t, "Dispatch", "DispatchSpent"), "no alarm on unaffordable"),
    ("a missing alarm on complaints", lambda t: without_alarm(t, "Dispatch", "Complaints"), "no alarm on Reputation.ComplaintRate"),
    ("records that may be lost unheard", lambda t: resource(t, "RecordsLost")["Metrics"].pop(1), "no alarm on DestinationDeliveryFailures"),
    ("an alarm that waits for more than one", lambda t: resource(t, "RecordsFailed").update(Threshold=10), "at the first one"),
    ("an alarm nobody hears", lambda t: resource(t, "WakeErrors").pop("AlarmActions"), "nobody hears it"),
    ("an alarm on nothing", lambda t: resource(t, "WakeFailures").update(MetricName="failled"), "`wake` emits no `failled`"),
    ("an alarm on what another function counts", lambda t: resource(t, "CheckinFailures").update(MetricName="sent"), "`checkin` emits no `sent`"),
    ("a metric of another stack's form", lambda t: resource(t, "CheckinFailures")["Dimensions"].append({"Name": "stage", "Value": "x"}), "emits no `undone`"),
    ("a dashboard without a function", lambda t: dashboard(t, ', ["...", "${AWS::StackName}-reply"]', ""), "`reply` is not among"),
    ("a dashboard that misspells", lambda t: dashboard(t, '["Tact", "sent"', '["Tact", "sentt"'), "`dispatch` emits no `sentt`"),
    ("a canary without alarm", lambda t: resource(t, "CommentFunction").pop("DeploymentPreference"), "its canary has no"),
    ("a canary without one alarm", lambda t: canary(t, "Reply").remove({"Ref": "ReplyOptOuts"}), "its canary has no ReplyOptOuts"),
    ("an unknown environment key", lambda t: variables(t, "Dispatch").update(TACT_DELIVRY="shadow"), "nothing reads it"),
    ("a clock for runs on one machine", lambda t: variables(t, "Checkin").update(TACT_CLOCK="arrival"), "`TACT_CLOCK` is for runs on one machine"),
    ("a time before which nothing is decided", lambda t: variables(t, "Wake").update(TACT_FOLD_ONLY_UNTIL="2026-10-31T04:00:00Z"), "`TACT_FOLD_ONLY_UNTIL` is for"),
    ("an address of a service", lambda t: variables(t, "Reply").update(AWS_ENDPOINT_URL_DYNAMODB="http://127.0.0.1:1"), "`AWS_ENDPOINT_URL_DYNAMODB` is for"),
    ("a secret in the environment", lambda t: variables(t, "Reply").update(TACT_SECRET="c2VjcmV0"), "holds a secret"),
    ("a missing environment key", lambda t: variables(t, "Reply").pop("TACT_SECRET"), "is read, and not set"),
    ("a mapping that does not bisect", lambda t: event(t, "Outcome", "Consent").pop("BisectBatchOnFunctionError"), "does not bisect"),
    ("a mapping that ignores responses", lambda t: event(t, "Outcome", "Consent").pop("FunctionResponseTypes"), "partial responses"),
    ("a mapping that loses records", lambda t: event(t, "Partner", "Partner").pop("DestinationConfig"), "are lost"),
    ("a mapping without age", lambda t: event(t, "Wake", "Due").pop("MaximumRecordAgeInSeconds"), "not bounded by age"),
    ("a mapping of the table that outlives its stream", lambda t: event(t, "Dispatch", "Decided").update(MaximumRecordAgeInSeconds=86400), "not bounded by age"),
    ("a mapping that retries for ever", lambda t: event(t, "Checkin", "Checkin").update(MaximumRetryAttempts=-1), "retries are not bounded"),
    ("a dispatch that everything wakes", lambda t: event(t, "Dispatch", "Decided").pop("FilterCriteria"), "the filter"),
    ("a kind of resource nobody thought of", lambda t: t["Resources"].update(Queue={"Type": "AWS::SQS::Queue", "Properties": {}}), "that no rule looks at"),
    ("a secret that is written down", lambda t: resource(t, "Secret").update(SecretString="c2VjcmV0"), "written down"),
    ("a table without recovery", lambda t: resource(t, "Table").pop("PointInTimeRecoverySpecification"), "no point-in-time recovery"),
    ("a table under another key", lambda t: resource(t, "Table")["SSESpecification"].pop("KMSMasterKeyId"), "not under the key"),
    ("a bucket for anybody", lambda t: resource(t, "FailedRecords")["PublicAccessBlockConfiguration"].update(BlockPublicAcls=False), "may be public"),
    ("a stream in the clear", lambda t: resource(t, "ConsentStream").pop("StreamEncryption"), "not encrypted"),
    ("a table that may go", lambda t: resource(t, "Table").update(DeletionProtectionEnabled=False), "may be deleted"),
    ("a bucket that goes with the stack", lambda t: t["Resources"]["FailedRecords"].pop("DeletionPolicy"), "is deleted with the stack"),
    ("a deployment that begins live", lambda t: t["Parameters"]["DeliveryMode"].update(Default="live"), "does not begin in shadow"),
    ("a function without bound", lambda t: resource(t, "GeolocationFunction").pop("ReservedConcurrentExecutions"), "no bound on concurrency"),
    ("an API without bound", lambda t: resource(t, "ReplyApi").pop("DefaultRouteSettings"), "any number of requests"),
    ("texts that nobody hears of", lambda t: resource(t, "SmsEvents")["EventDestinations"].pop(), "what became of texts"),
    ("e-mails whose complaints nobody hears", lambda t: resource(t, "EmailEventsToReceipts")["EventDestination"]["MatchingEventTypes"].remove("complaint"), "what became of e-mails"),
    ("a table that tells more than keys", lambda t: resource(t, "Table").update(StreamSpecification={"StreamViewType": "NEW_IMAGE"}), "more than keys"),
    ("a function that shares a role", lambda t: resource(t, "PartnerFunction").update(Role={"Fn::GetAtt": ["CheckinRole", "Arn"]}), "two share a role"),
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
