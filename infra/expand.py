"""The template as CloudFormation gets it: names written out (`template`), and SAM's own kinds of resources expanded (`expanded`)."""

import json
import logging
import os
import sys
from pathlib import Path

import yaml
from samtranslator.parser.parser import Parser
from samtranslator.translator.transform import Translator

PATH = Path(__file__).with_name("template.yaml")


class Loader(yaml.SafeLoader):
    """Reads YAML with the short forms of CloudFormation's functions."""


def _function(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt":
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


Loader.add_multi_constructor("!", _function)


def template():
    """The template with its names written out."""
    return _unshared(yaml.load(PATH.read_text(), Loader))


def expanded(source):
    """The same after the transform. SAM's translator does here what the service does there."""
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    # It looks for a region, and calls nobody.
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    source = _unshared(source)
    for resource in source["Resources"].values():
        if resource.get("Type") == "AWS::Serverless::Function":
            # By then `sam package` has put the code into a bucket.
            resource.setdefault("Properties", {})["CodeUri"] = "s3://assets/function.zip"
    return Translator({}, Parser()).translate(source, parameter_values={})


def _unshared(value):
    """A copy in which nothing is the same object twice, as the translator writes into what it is given."""
    if isinstance(value, dict):
        return {key: _unshared(item) for key, item in value.items()}
    return [_unshared(item) for item in value] if isinstance(value, list) else value


if __name__ == "__main__":
    # expand.py DIR: both forms as JSON, for the tools that know no shared names or no transform.
    folder = Path(sys.argv[1])
    (folder / "template.json").write_text(json.dumps(template(), indent=1, default=str))
    (folder / "expanded.json").write_text(json.dumps(expanded(template()), indent=1, default=str))
