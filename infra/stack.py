"""What rules are made of: the expanded template by type, its values as text, and the sources of the functions it deploys."""

import re
from pathlib import Path

from expand import expanded

ROOT = Path(__file__).resolve().parent.parent
NO_VALUE = {"Ref": "AWS::NoValue"}
# Functions behind mappings, and all.
MAPPED = ("checkin", "purchase", "geolocation", "partner", "comment", "outcome", "wake", "dispatch")
FUNCTIONS = MAPPED + ("reply",)
# Words for people, which no rule is about; and the tags that SAM leaves.
WORDS = {"Description", "AlarmDescription", "Tags"}


class Stack:
    """The expanded template, by type, with what it finds wrong."""

    def __init__(self, source):
        whole = expanded(source)
        # As it was before the transform, which replaces where code lies.
        self.source = source
        self.all, self.parameters, self.conditions = whole["Resources"], whole["Parameters"], whole.get("Conditions", {})
        self.found = []
        # Function id -> name, which is that of its folder.
        self.functions = {name: name.removesuffix("Function").lower() for name, _ in self.of("AWS::Lambda::Function")}

    def of(self, kind):
        return [(name, item.get("Properties", {})) for name, item in self.all.items() if item.get("Type") == kind]

    def expect(self, holds, where, what):
        if not holds:
            self.found.append(f"{where}: {what}")

    def same(self, where, given, wanted, but=()):
        """Each setting has the value it must have, and there is no other."""
        given = {key: value for key, value in given.items() if value != NO_VALUE}
        for key in sorted((set(given) | set(wanted)) - WORDS - set(but)):
            has, must = (short(side[key]) if key in side else "missing" for side in (given, wanted))
            self.expect(has == must, where, f"`{key}` is {has}, and must be {must}")

    def as_in(self, kind, table, but=()):
        """The resources of a kind are those of a table, and each is as it says there."""
        given = dict(self.of(kind))
        for name in sorted(set(given) | set(table)):
            if name not in table:
                self.expect(False, name, f"no table knows this `{kind}`")
            elif name not in given:
                self.expect(False, name, f"this `{kind}` is missing")
            else:
                self.same(name, given[name], table[name], but)


def short(value):
    """A value in one line, with CloudFormation's functions as the template writes them: tables read like it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(short(one) for one in value)}]"
    if not isinstance(value, dict):
        return str(value)
    if len(value) == 1:
        ((key, of),) = value.items()
        if key in ("Ref", "Condition"):
            return f"!{key} {short(of)}"
        if key == "Fn::GetAtt":
            return f"!GetAtt {'.'.join(of) if isinstance(of, list) else of}"
        if key.startswith("Fn::"):
            return f"!{key.removeprefix('Fn::')} {short(of)}"
    return "{" + ", ".join(f"{key}: {short(value[key])}" for key in sorted(value)) + "}"


def listed(value):
    """What may be written as one or as a list, as a list."""
    return value if isinstance(value, list) else [value]


def texts(value):
    """Every text in a value; an intrinsic function hands over those of its arguments."""
    if isinstance(value, str):
        return [value]
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for one in values for text in texts(one)]


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


def full_name(name):
    return {"Fn::Sub": f"${{AWS::StackName}}-{name}"}


def code(path):
    """A source without its tests and comments."""
    return re.sub(r"//[^\n]*", "", path.read_text().split("#[cfg(test)]")[0])
