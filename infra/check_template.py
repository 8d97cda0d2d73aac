"""What must hold of every resource of the deployment.

Tables of what must be are in rules_roles.py, rules_functions.py, rules_alarms.py and rules_kept.py; here is what holds whatever the tables say, and what
the sources of the functions ask for. planted.py holds the defects that each rule must find."""

import re

from rules_alarms import alarms, canaries, dashboards
from rules_functions import parameters, presence, settings, versions, wakes
from rules_kept import api, kept
from rules_roles import policies, roles
from stack import ROOT, Stack, code, statements, texts

# Read by a library and not by our code.
FOR_LIBRARIES = {"SSL_CERT_FILE"}
# Read by our code for runs on one machine, and never set in a deployment: another clock, a time before which nothing is decided, a stand-in of SNS,
# and addresses of services.
LOCAL_ONLY = {"TACT_CLOCK", "TACT_FOLD_ONLY_UNTIL", "TACT_SNS_CERTIFICATES"}
LOCAL_ONLY_PREFIX = "AWS_ENDPOINT_URL"
# Who may touch addresses.
ADDRESSES = {"dispatch", "outcome", "reply"}
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


def faults(source):
    """Everything that is wrong with a template, one sentence each."""
    stack = Stack(source)
    here = (kinds, wildcards, addresses, warming, functions, environments)
    by_table = (parameters, presence, settings, versions, wakes, roles, policies, alarms, canaries, dashboards, kept, api)
    for rule in here + by_table:
        try:
            rule(stack)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            # What is not even of the form that CloudFormation wants; the lints say more.
            stack.expect(False, rule.__name__, f"cannot read the template: {error!r}")
    return stack.found


def kinds(stack):
    """No resource is of a kind that no rule looks at."""
    for name, item in stack.all.items():
        whole = item.get("Type", "")
        service, _, kind = whole.rpartition("::")
        stack.expect(kind in KINDS.get(service, ()), name, f"`{whole}` is of a kind that no rule looks at")


def wildcards(stack):
    """No wildcard in any policy, and nobody who could be anybody."""
    for name, item in stack.all.items():
        for statement in statements(item):
            of_key = item.get("Type") == "AWS::KMS::Key"
            for action in texts(statement.get("Action", "*")):
                stack.expect("*" not in action, name, f"the action `{action}` is a wildcard")
            for resource in texts(statement.get("Resource", [])):
                allowed = resource in NAMED_BY_SERVICE or (of_key and resource == "*")
                stack.expect(allowed or "*" not in resource, name, f"the resource `{resource}` is a wildcard")
            stack.expect("*" not in texts(statement.get("Principal", "-")), name, "anybody may")
            stack.expect(not {"NotAction", "NotResource", "NotPrincipal"} & set(statement), name, "allows by exclusion")


def addresses(stack):
    """Whoever touches the table is held to keys; addresses are for three functions alone."""
    for name, role in stack.of("AWS::IAM::Role"):
        function = name.removesuffix("Role").lower()
        for statement in statements({"Properties": role}):
            reads_records = any(action == "dynamodb:GetRecords" for action in texts(statement.get("Action", "")))
            if reads_records or not any(action.startswith("dynamodb:") for action in texts(statement.get("Action", ""))):
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
            reads = [keys(one) for one in statements({"Properties": role}) if "dynamodb:GetItem" in texts(one.get("Action", ""))]
            may = any(begins.startswith(key.rstrip("*")) for allowed in reads for key in allowed)
            stack.expect(may or not reads, name, f"may not read what its function reads at the start (`{begins}`)")


def functions(stack):
    """Each folder of functions/ is a function of the deployment."""
    folders = {path.parent.parent.name for path in ROOT.glob("functions/*/src/main.rs")}
    stack.expect(folders == set(stack.functions.values()), "functions", f"not those of functions/: {sorted(folders ^ set(stack.functions.values()))}")


def environments(stack):
    """The environment in the template is the environment that the code reads."""
    for name, function in stack.of("AWS::Lambda::Function"):
        given = set(function.get("Environment", {}).get("Variables", {}))
        read = keys_read(ROOT / "functions" / stack.functions[name] / "src/main.rs")
        for key in sorted(given):
            local = key in LOCAL_ONLY or key.startswith(LOCAL_ONLY_PREFIX)
            stack.expect(not local, name, f"`{key}` is for runs on one machine")
            stack.expect(local or key in read | FOR_LIBRARIES, name, f"`{key}` is set, and nothing reads it")
        for key in sorted(read - given - LOCAL_ONLY):
            stack.expect(False, name, f"`{key}` is read, and not set")


def keys(statement):
    """The leading keys that a statement holds to."""
    return [key for test in statement.get("Condition", {}).values() for key in texts(test.get("dynamodb:LeadingKeys", []))]


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
