"""compare.py TEMPLATE SYNTHESISED: whether CDK changed nothing but where the code is."""

import json
import sys
from pathlib import Path

source, synthesised = (json.loads(Path(path).read_text()) for path in sys.argv[1:3])
for function in source["Resources"].values():
    if function["Type"] == "AWS::Serverless::Function":
        del function["Properties"]["CodeUri"]
assets = set()
for name, resource in synthesised["Resources"].items():
    if resource["Type"] == "AWS::Serverless::Function":
        assets.add(json.dumps(resource["Properties"].pop("CodeUri")))
differ = [
    f"{section}.{name}"
    for section in ("Parameters", "Conditions", "Globals", "Resources", "Outputs")
    for name, value in source[section].items()
    if synthesised.get(section, {}).get(name) != value
]
functions = [name for name, resource in source["Resources"].items() if resource["Type"] == "AWS::Serverless::Function"]
print(f"{len(source['Resources'])} resources: {len(differ)} differ; {len(assets)} assets of {len(functions)} functions")
for name in differ:
    print(f"CDK changes {name}")
    section, key = name.split(".", 1)
    print(json.dumps(source[section][key])[:600]), print(json.dumps(synthesised.get(section, {}).get(key))[:600])
sys.exit(bool(differ) or len(assets) != len(functions))
