"""A test of the tables: the template with one value changed or left out, for every value there is; each must be a fault.

    mutants.py [EVERY]    looks at each EVERYth, by default at all, which takes minutes
"""

import copy
import sys

from samtranslator.model.exceptions import InvalidDocumentException

from check_template import faults
from expand import template

SECTIONS = ("Parameters", "Conditions", "Globals", "Resources")
# Words for people; names that nothing refers to; and what becomes of the dashboard is of the rule that reads it.
FREE = {"Description", "AlarmDescription", "Sid", "PolicyName", "Metadata", "DashboardBody"}


def main():
    every = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    clean = template()
    mutants = [path for section in SECTIONS for path in paths(clean[section], (section,)) if not FREE & set(path) and not no_difference(clean, path)]
    looked_at = mutants[::every]
    survivors = [path for path in looked_at if not found(clean, path)]
    for path in survivors:
        print(f"changed or left out, and not found: {'.'.join(str(step) for step in path)}")
    print(f"{len(mutants)} values: {len(looked_at)} changed or left out, {len(survivors)} of them not found")
    sys.exit(bool(survivors))


def paths(value, path):
    """The path of everything inside a value; of a text or number twice, to change it (its path ends with `None`) and to leave it out."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inside:
        yield path + (key,)
        yield from paths(one, path + (key,))
    if not isinstance(value, (dict, list)):
        yield path + (None,)


def no_difference(source, path):
    """Whether a value is what CloudFormation would take without it: no value at all, or the kind of a destination that SAM tells by itself."""
    value = source
    for key in path[:-1] if path[-1] is None else path:
        value = value[key]
    return value == {"Ref": "AWS::NoValue"} and path[-1] == "Statistic" or path[-3:] == ("DestinationConfig", "OnFailure", "Type")


def found(clean, path):
    """Whether a template with this value changed or left out is refused, by a rule or by SAM."""
    source = copy.deepcopy(clean)
    *above, last = path[:-1] if path[-1] is None else path
    holder = source
    for key in above:
        holder = holder[key]
    if path[-1] is None:
        holder[last] = changed(holder[last])
    else:
        del holder[last]
    try:
        return bool(faults(source))
    except InvalidDocumentException:
        return True


def changed(value):
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, (int, float)) else f"{value}x"


if __name__ == "__main__":
    main()
