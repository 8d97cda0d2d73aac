"""Who may do what: every permission of every role and policy stands in a table, and what does not is a fault.

Read `ROLES` first, then `POLICIES` for keys and topics; `allowed` takes a policy apart into single permissions."""

from stack import NO_VALUE, listed, short

READS, WRITES = "dynamodb:GetItem dynamodb:Query", "dynamodb:PutItem"
READS_STREAM = "kinesis:DescribeStream kinesis:DescribeStreamSummary kinesis:GetRecords kinesis:GetShardIterator kinesis:ListShards kinesis:SubscribeToShard"
READS_TABLE_STREAM = "dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator dynamodb:ListStreams"
USES_KEY = "kms:Decrypt kms:GenerateDataKey"
ADMINISTERS_KEY = (
    "kms:CancelKeyDeletion kms:CreateGrant kms:Decrypt kms:DescribeKey kms:DisableKey kms:EnableKey kms:EnableKeyRotation kms:Encrypt kms:GenerateDataKey "
    "kms:GenerateDataKeyWithoutPlaintext kms:GetKeyPolicy kms:GetKeyRotationStatus kms:ListGrants kms:ListResourceTags kms:PutKeyPolicy kms:ReEncryptFrom "
    "kms:ReEncryptTo kms:RevokeGrant kms:ScheduleKeyDeletion kms:TagResource kms:UntagResource kms:UpdateKeyDescription"
)
# Of the language of policies; the older one knows fewer conditions.
VERSION = "2012-10-17"
THIS_ACCOUNT = "AWS !Sub arn:${AWS::Partition}:iam::${AWS::AccountId}:root"
FOR_THIS_ACCOUNT = "StringEquals aws:SourceAccount: !Ref AWS::AccountId"
SES = "!Sub arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:"


def may(actions, *resources, who="", under="", when=""):
    """Single permissions: who may do one thing to one resource, under a condition on the request, in deployments that are so."""
    return {(who, action, resource, under, when) for action in actions.split() for resource in resources}


def items(actions, *keys):
    """Permissions on items of the table whose keys begin so."""
    return may(actions, "!GetAtt Table.Arn", under=f"ForAllValues:StringLike dynamodb:LeadingKeys: {' '.join(sorted(keys))}")


def every(name):
    """What each function may: its own log, and the key."""
    return may(USES_KEY, "!GetAtt Key.Arn") | may("logs:CreateLogStream logs:PutLogEvents", f"!GetAtt {name}Logs.Arn")


def mapped(name):
    """What each function behind a mapping may besides: keep the records that it gives up."""
    return every(name) | may("s3:PutObject", "!Sub ${FailedRecords.Arn}/aws/lambda/*") | may("s3:ListBucket", "!GetAtt FailedRecords.Arn")


def stream(name):
    return may(READS_STREAM, f"!GetAtt {name}Stream.Arn", f"!If [FansOut, !Ref {name}Consumer, !Ref AWS::NoValue]")


def decider(name):
    """Deciders know no address, no number, no code and no switch; they write no catalogue and nothing that was learnt."""
    knows = items(READS, "c#*", "b#*", "m#*", "q#*", "k#catalogue") | items(WRITES, "c#*", "b#*", "m#guard", "m#guard/*", "q#*")
    return mapped(name) | knows | may("kinesis:PutRecords", "!GetAtt DecisionLog.Arn")


ROLES = {
    "CheckinRole": decider("Checkin") | stream("Checkin"),
    "PurchaseRole": decider("Purchase") | stream("Purchase"),
    "GeolocationRole": decider("Geolocation") | stream("Geolocation"),
    "PartnerRole": decider("Partner") | stream("Partner"),
    "CommentRole": decider("Comment") | stream("Comment"),
    "OutcomeRole": mapped("Outcome")
    | stream("Outcome")
    | stream("Consent")
    | items(READS, "c#*", "r#*", "n#*", "b#*", "m#*", "q#*", "k#catalogue")
    | items(WRITES, "c#*", "r#*", "n#*", "b#*", "m#*", "q#*")
    | may("kinesis:PutRecords", "!GetAtt DecisionLog.Arn"),
    "WakeRole": decider("Wake")
    | stream("Due")
    | may("dynamodb:Query", "!Sub ${Table.Arn}/index/due", under="ForAllValues:StringEquals dynamodb:LeadingKeys: 0 1 2 3 4 5 6 7")
    | may("kinesis:PutRecords", "!GetAtt DueStream.Arn", "!GetAtt OutcomeStream.Arn"),
    "DispatchRole": mapped("Dispatch")
    | may(READS_TABLE_STREAM, "!GetAtt Table.StreamArn")
    | items(READS, "c#*", "r#*", "o#*", "b#*", "m#*", "q#*", "k#catalogue", "k#switch")
    | items(WRITES, "c#*", "r#*", "o#*", "b#*", "m#cover/*", "q#*", "k#catalogue")
    | may("secretsmanager:GetSecretValue", "!Ref Secret")
    | may("sms-voice:SendTextMessage", "!Ref SmsOrigination", "!GetAtt SmsEvents.Arn", when="HasSms")
    | may("ses:SendEmail ses:SendRawEmail", f"{SES}identity/${{EmailIdentity}}", f"{SES}configuration-set/${{EmailEvents}}", when="HasEmail")
    | may("sns:Publish", "!Ref PushEndpoints", when="HasPush"),
    "ReplyRole": every("Reply")
    | items(READS, "c#*", "r#*", "n#*", "o#*", "q#*", "k#catalogue")
    | items(WRITES, "c#*", "n#*", "o#*", "q#*")
    | may("secretsmanager:GetSecretValue", "!Ref Secret")
    | may("kinesis:PutRecords", "!GetAtt OutcomeStream.Arn", "!GetAtt ConsentStream.Arn"),
    # Of SAM's making.
    "CodeDeployServiceRole": set(),
}
MANAGED = {"CodeDeployServiceRole": ["arn:aws:iam::aws:policy/service-role/AWSCodeDeployRoleForLambda"]}
TRUSTED = {"CodeDeployServiceRole": "codedeploy.amazonaws.com"}

# Policies of what is not a role, with the property that holds each.
POLICIES = {
    "Key": (
        "KeyPolicy",
        may(ADMINISTERS_KEY, "*", who=THIS_ACCOUNT)
        | may(USES_KEY, "*", who="Service cloudwatch.amazonaws.com", under=FOR_THIS_ACCOUNT)
        | may(USES_KEY, "*", who="Service ses.amazonaws.com", under=FOR_THIS_ACCOUNT)
        | may(USES_KEY, "*", who="Service sms-voice.amazonaws.com", under=FOR_THIS_ACCOUNT)
        # EventBridge does not say for whom it publishes.
        | may(USES_KEY, "*", who="Service events.amazonaws.com"),
    ),
    "ReceiptsPolicy": (
        "PolicyDocument",
        may("sns:Publish", "!Ref Receipts", who="Service ses.amazonaws.com", under=FOR_THIS_ACCOUNT)
        | may("sns:Publish", "!Ref Receipts", who="Service sms-voice.amazonaws.com", under=FOR_THIS_ACCOUNT),
    ),
    "TextsPolicy": ("PolicyDocument", may("sns:Publish", "!Ref Texts", who="Service sms-voice.amazonaws.com", under=FOR_THIS_ACCOUNT)),
    "AlarmsPolicy": (
        "PolicyDocument",
        may("sns:Publish", "!Ref Alarms", who="Service cloudwatch.amazonaws.com", under=FOR_THIS_ACCOUNT)
        | may("sns:Publish", "!Ref Alarms", who="Service events.amazonaws.com"),
    ),
}


def roles(stack):
    """Every role may what its table says, to the action, resource, keys and operator, and is for its service alone."""
    given = dict(stack.of("AWS::IAM::Role"))
    for name in sorted(set(ROLES) | set(given)):
        role = given.get(name, {})
        stack.expect(name in ROLES, name, "no table knows this role")
        documents = [policy.get("PolicyDocument", {}) for policy in role.get("Policies", [])]
        held = [one for document in documents for one in allowed(document)]
        compare(stack, name, set(held), ROLES.get(name, set()))
        service = f"Service {TRUSTED.get(name, 'lambda.amazonaws.com')}"
        trust = role.get("AssumeRolePolicyDocument", {})
        compare(stack, name, set(allowed(trust)), may("sts:AssumeRole", "", who=service))
        for document in documents + [trust]:
            stack.same(name, document, {"Version": VERSION}, but=("Statement",))
        stack.same(name, role, {"ManagedPolicyArns": MANAGED[name]} if name in MANAGED else {}, but=("Policies", "AssumeRolePolicyDocument"))


def policies(stack):
    """Every policy of a key or a topic allows what its table says, and nobody of another account."""
    for name, (held_by, wanted) in POLICIES.items():
        document = stack.all.get(name, {}).get("Properties", {}).get(held_by, {})
        compare(stack, name, set(allowed(document)), wanted)
        stack.same(name, document, {"Version": VERSION}, but=("Statement",))
    for name, item in stack.all.items():
        for principal in principals(item.get("Properties", {})):
            stack.expect(principal.startswith("Service ") or principal == THIS_ACCOUNT, name, f"trusts `{principal}`, which is not this account")


def compare(stack, name, given, wanted):
    """Two sets of permissions, where each difference is a fault."""
    for one in sorted(given - wanted):
        stack.expect(False, name, f"allows what no table does: {told(one)}")
    for one in sorted(wanted - given):
        stack.expect(False, name, f"does not allow what it must: {told(one)}")


def told(permission):
    who, action, resource, under, when = permission
    parts = [f"`{who}`" if who else "", f"`{action}`", f"on `{resource}`" if resource else "", f"under `{under}`" if under else "", f"if {when}" if when else ""]
    return " ".join(part for part in parts if part)


def allowed(document, when=""):
    """The single permissions of a policy, those behind conditions of the deployment included."""
    for statement in listed(document.get("Statement", [])):
        if set(statement) == {"Fn::If"}:
            condition, then, other = statement["Fn::If"]
            yield from allowed({"Statement": listed(then)}, condition)
            yield from allowed({"Statement": listed(other)}, f"not {condition}")
        elif statement != NO_VALUE:
            under = condition_of(statement)
            for who in principals(statement) or [""]:
                for action in listed(statement.get("Action", "")):
                    for resource in listed(statement.get("Resource", "")):
                        yield who, short(action), short(resource), under, when


def condition_of(statement):
    """A statement's condition as text, and whatever else it says that a permission has no place for."""
    tests = [
        f"{operator} {key}: {' '.join(sorted(short(value) for value in listed(values)))}"
        for operator, of in statement.get("Condition", {}).items()
        for key, values in of.items()
    ]
    known = {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}
    tests += [f"{key}: {short(statement[key])}" for key in sorted(set(statement) - known)]
    tests += [] if statement.get("Effect") == "Allow" else [f"Effect: {short(statement.get('Effect', 'none'))}"]
    return "; ".join(sorted(tests))


def principals(value):
    """Everybody whom a policy within a value names, by kind; the principal of a Lambda permission is a service's name alone."""
    if isinstance(value, list):
        return [one for inside in value for one in principals(inside)]
    if not isinstance(value, dict):
        return []
    named = value.get("Principal", {})
    if isinstance(named, str):
        return [f"Service {named}" if named.endswith(".amazonaws.com") else named]
    found = [f"{kind} {short(one)}" for kind, ones in named.items() for one in listed(ones)]
    return found + [one for key, inside in value.items() if key != "Principal" for one in principals(inside)]
