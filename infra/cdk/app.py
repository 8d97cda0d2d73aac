"""The same deployment by CDK: the template as it is, with the code that was built as assets. Nothing is written down twice.

    cargo lambda build --profile lambda --arm64
    cdk deploy --parameters ExtensionLayer=ARN
"""

import json
import os
import sys
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_sam as sam
from aws_cdk.aws_s3_assets import Asset
from aws_cdk.cloudformation_include import CfnInclude

INFRA = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(INFRA))

from expand import template  # noqa: E402  the path is known only now

BUILT = Path(os.environ.get("TACT_BUILT") or INFRA.parent / "target/lambda")


class Tact(cdk.Stack):
    """One tenant."""

    def __init__(self, scope, name):
        super().__init__(scope, name)
        # CfnInclude knows neither shared names nor what SAM will make of the template: it is given the first written out, and no dependency on the second.
        source = template()
        waits = {name: item.pop("DependsOn") for name, item in source["Resources"].items() if "DependsOn" in item}
        written = Path(cdk.App.of(self).outdir) / "template.json"
        written.write_text(json.dumps(source, default=str))
        included = CfnInclude(self, "Template", template_file=str(written))
        for waiting, on in waits.items():
            included.get_resource(waiting).add_override("DependsOn", on)
        for function in included.node.find_all():
            if isinstance(function, sam.CfnFunction):
                code = Asset(self, f"{function.node.id}Code", path=str(BUILT / Path(function.code_uri).name))
                function.code_uri = code.s3_object_url


app = cdk.App()
Tact(app, app.node.try_get_context("stack") or "tact")
app.synth()
