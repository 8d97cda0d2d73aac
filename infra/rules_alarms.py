"""Who hears of trouble, when, and what a new version does about it: alarms, canaries, the dashboard. `ALARMS` is the table; `alarms` reads it."""

import json
import re

from stack import FUNCTIONS, MAPPED, ROOT, code, full_name, short, texts

# p99 in milliseconds that a function may take.
SLOW_MS = {"wake": 20_000, "dispatch": 30_000}
# Alarms whose name does not begin with their function's follow a canary all the same.
OF_EVERY_MAPPING = {"RecordsFailed", "RecordsLost"}
# What no version causes: its API waits for the canary; a day's spending is used up; people are tired of a message.
BESIDE_CANARY = {"ReplyApiErrors", "DispatchSpent", "OutcomeSuspended"}
# By which functions of telemetry.rs a function tells its metrics.
EMITTED_BY = {"dispatch": ["delivery_line"], "reply": ["emit_answer"], "wake": ["line", "emit_tick"]}

# Heard by the topic, above a threshold; silence is no trouble.
HEARD = {
    "AlarmActions": ["!Ref Alarms"],
    "OKActions": ["!Ref Alarms"],
    "ComparisonOperator": "GreaterThanThreshold",
    "Threshold": 0,
    "TreatMissingData": "notBreaching",
}
# In two of three minutes.
OFTEN = HEARD | {"Statistic": "Sum", "Period": 60, "EvaluationPeriods": 3, "DatapointsToAlarm": 2}
AT_ONCE = {"EvaluationPeriods": 1, "DatapointsToAlarm": 1}


def lambdas(name, metric):
    """A metric that Lambda counts of a function."""
    return {"Namespace": "AWS/Lambda", "MetricName": metric, "Dimensions": [{"Name": "FunctionName", "Value": full_name(name)}]}


def ours(name, metric):
    """A metric that a function tells of itself."""
    return {"Namespace": "Tact", "MetricName": metric, "Dimensions": [{"Name": "function", "Value": name}]}


def summed(id, metric, shown=False):
    """A metric as a part of a sum, by minutes."""
    return {"Id": id, "ReturnData": shown, "MetricStat": {"Stat": "Sum", "Period": 60, "Metric": metric}}


def total(id, expression, label):
    return {"Id": id, "Expression": expression, "Label": label, "ReturnData": True}


def slow(name):
    of_p99 = {"ExtendedStatistic": "p99", "EvaluateLowSampleCountPercentile": "ignore", "Threshold": SLOW_MS.get(name, 2_000)}
    return {key: value for key, value in OFTEN.items() if key != "Statistic"} | of_p99 | lambdas(name, "Duration")


ALARMS = {
    **{f"{name.capitalize()}Errors": OFTEN | lambdas(name, "Errors") for name in FUNCTIONS},
    **{f"{name.capitalize()}Slow": slow(name) for name in FUNCTIONS},
    **{f"{name.capitalize()}Late": OFTEN | {"Statistic": "Maximum", "Threshold": 60_000} | lambdas(name, "IteratorAge") for name in MAPPED},
    **{f"{name.capitalize()}Failures": OFTEN | ours(name, "undone") for name in MAPPED},
    "WakeFailures": OFTEN | ours("wake", "failed"),
    "WakeUndone": OFTEN | ours("wake", "undone"),
    "DispatchFaults": OFTEN | ours("dispatch", "fault"),
    "DispatchCapped": OFTEN | AT_ONCE | {"Period": 300, "Threshold": 20} | ours("dispatch", "capped"),
    "DispatchSpent": OFTEN | AT_ONCE | ours("dispatch", "unaffordable"),
    "OutcomeSuspended": OFTEN | AT_ONCE | ours("outcome", "guard_suspended"),
    "ReplyFailures": OFTEN | lambdas("reply", "Throttles"),
    "ReplyApiErrors": OFTEN | {"Namespace": "AWS/ApiGateway", "MetricName": "5xx", "Dimensions": [{"Name": "ApiId", "Value": "!Ref ReplyApi"}]},
    "RecordsFailed": OFTEN
    | AT_ONCE
    | {"Namespace": "AWS/Events", "MetricName": "MatchedEvents", "Dimensions": [{"Name": "RuleName", "Value": "!Ref RecordFailed"}]},
    # One in a thousand e-mails.
    "Complaints": OFTEN
    | {"Namespace": "AWS/SES", "MetricName": "Reputation.ComplaintRate", "Dimensions": []}
    | {"Statistic": "Average", "Period": 300, "Threshold": 0.001},
    # One is enough, and at once.
    "OutcomeOptOuts": HEARD
    | {"EvaluationPeriods": 1}
    | {
        "Metrics": [
            total("unheard", "FILL(undone, 0) + FILL(unread, 0)", "not heard"),
            summed("undone", ours("outcome", "undone")),
            summed("unread", ours("outcome", "quarantined")),
        ]
    },
    "ReplyOptOuts": HEARD | {"EvaluationPeriods": 1, "Metrics": [summed("unheard", ours("reply", "unavailable"), shown=True)]},
    "RecordsLost": HEARD
    | {"EvaluationPeriods": 1}
    | {"Metrics": [total("lost", "SUM(METRICS())", "not kept")] + [summed(name, lambdas(name, "DestinationDeliveryFailures")) for name in MAPPED]},
}


def alarms(stack):
    """Every alarm of the table is there, sounds when the table says, and is heard; what it looks at is told by somebody."""
    given = dict(stack.of("AWS::CloudWatch::Alarm"))
    for name in sorted(set(ALARMS) - set(given)):
        looked_at = sorted(short(one["MetricName"]) for one in metrics(ALARMS[name]))
        stack.expect(False, name, f"no alarm on {' and '.join(dict.fromkeys(looked_at))}")
    stack.as_in("AWS::CloudWatch::Alarm", {name: of for name, of in ALARMS.items() if name in given})
    for name, alarm in given.items():
        for metric in metrics(alarm):
            if metric.get("Namespace") == "Tact":
                of = metric.get("Dimensions", [])
                about = of[0].get("Value") if [one.get("Name") for one in of] == ["function"] else None
                stack.expect(metric.get("MetricName") in emitted(about), name, f"`{about}` emits no `{metric.get('MetricName')}`")
    # A function that is new has no row in the table yet.
    for name in sorted(set(stack.functions.values()) ^ set(FUNCTIONS)):
        stack.expect(False, name, "its alarms are in no table")


def canaries(stack):
    """A new version takes over by degrees, and goes back when any alarm of its function sounds."""
    for name in FUNCTIONS:
        title = name.capitalize()
        function, group = f"{title}Function", f"{title}FunctionDeploymentGroup"
        updated = {"ApplicationName": "!Ref ServerlessDeploymentApplication", "DeploymentGroupName": f"!Ref {group}"}
        policy = stack.all.get(f"{function}Aliaslive", {}).get("UpdatePolicy", {})
        stack.same(f"{function}Aliaslive", policy, {"CodeDeployLambdaAliasUpdate": updated})
        properties = stack.all.get(group, {}).get("Properties", {})
        listed = properties.get("AlarmConfiguration", {})
        wired = {short(alarm.get("Name", "")).removeprefix("!Ref ") for alarm in listed.get("Alarms", [])}
        wanted = {alarm for alarm in ALARMS if alarm.startswith(title)} - BESIDE_CANARY
        wanted |= OF_EVERY_MAPPING if name in MAPPED else set()
        stack.expect(wanted <= wired, function, f"its canary has no {', '.join(sorted(wanted - wired))}")
        stack.same(group, {key: listed.get(key) for key in {"Enabled"} | set(listed) if key != "Alarms"}, {"Enabled": True})
        stack.same(group, properties, deployed(), but=("AlarmConfiguration",))


def deployed():
    """How CodeDeploy moves calls to a new version. SAM puts the default of the rollout in the place of the parameter."""
    return {
        "ApplicationName": "!Ref ServerlessDeploymentApplication",
        "AutoRollbackConfiguration": {"Enabled": True, "Events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"]},
        "DeploymentConfigName": "!Sub [CodeDeployDefault.Lambda${ConfigName}, {ConfigName: Canary10Percent5Minutes}]",
        "DeploymentStyle": {"DeploymentType": "BLUE_GREEN", "DeploymentOption": "WITH_TRAFFIC_CONTROL"},
        "ServiceRoleArn": "!GetAtt CodeDeployServiceRole.Arn",
    }


def dashboards(stack):
    """Every function is on the dashboard: how it fails, how long it takes, how late it is, and what it counts; nothing else is."""
    stack.as_in("AWS::CloudWatch::Dashboard", {"Dashboard": {"DashboardName": "!Ref AWS::StackName"}}, but=("DashboardBody",))
    bodies = [texts(board.get("DashboardBody", "{}"))[0] for _, board in stack.of("AWS::CloudWatch::Dashboard")]
    stack.expect(bodies, "dashboards", "there is none")
    shown = set()
    for widget in (widget for body in bodies for widget in json.loads(body).get("widgets", [])):
        before = []
        for row in widget["properties"]["metrics"]:
            row = before[: len(before) + 1 - len(row)] + row[1:] if row[0] == "..." else row
            before = row
            shown.add(tuple(row))
    for name in stack.functions.values():
        wanted = {"Errors", "Duration"} | ({"IteratorAge"} if name in MAPPED else set())
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


def metrics(alarm):
    """The metrics an alarm looks at."""
    stats = [one["MetricStat"]["Metric"] for one in alarm.get("Metrics", []) if "Metric" in one.get("MetricStat", {})]
    return stats or [alarm]


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
