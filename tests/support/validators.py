"""Checks task definitions, service definitions and overlays with validators that are not ours.

    python validators.py DEFINITIONS.json [SCHEMA.json]

DEFINITIONS.json is an array of RegisterTaskDefinition inputs, each bare or as {"name": "...", "definition": {...}}.
Two validators read every one: botocore (the service model that AWS's own SDKs are made from; it knows names and types)
and cfn-lint (AWS's linter for CloudFormation; it knows enumerations and much of what Fargate allows).

{"name": "...", "service": {...}} is an input of CreateService; botocore reads it.
{"name": "...", "overlay": "..."} is the text of an overlay; jsonschema holds it against SCHEMA.json.

On stdout: a JSON array of {"name", "validator", "message"}, one for each finding, in the order of the input.
Exit code 0 when both validators ran, whatever they found; 2 when they could not run, with the reason on stderr.
"""

import json
import os
import sys
import tempfile
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version

REGION = "us-east-1"
REQUIREMENTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "requirements.txt")

# What a linter of templates says and a definition cannot help. Nothing that judges the definition itself belongs here.
IGNORED_RULES = {
    "I": "informational: about the style of templates, never a mistake in a definition",
}

# cfn-lint's own limits are 500 resources (E3010) and 1 MB (E1002) for a template; stay well below both.
MAX_RESOURCES = 200
MAX_BYTES = 500_000

# Where CloudFormation's name is not the API's name with a capital letter.
CLOUDFORMATION_NAMES = {
    "efsVolumeConfiguration": "EFSVolumeConfiguration",
    "fsxWindowsFileServerVolumeConfiguration": "FSxWindowsFileServerVolumeConfiguration",
    "s3filesVolumeConfiguration": "S3FilesVolumeConfiguration",
}
CLOUDFORMATION_NAMES_INSIDE = {
    "EFSVolumeConfiguration": {"fileSystemId": "FilesystemId"},
    "EFSAuthorizationConfig": {"iam": "IAM"},
    "ProxyConfiguration": {"properties": "ProxyConfigurationProperties"},
}


class CannotRun(Exception):
    """The validators could not do their work; says nothing about the definitions."""


def main(arguments):
    if len(arguments) not in (1, 2):
        raise CannotRun("usage: validators.py DEFINITIONS.json [SCHEMA.json]")
    require_pinned_versions()
    items = read(arguments[0])
    definitions = [(name, item) for name, kind, item in items if kind == "definition"]
    services = [(name, item) for name, kind, item in items if kind == "service"]
    overlays = [(name, item) for name, kind, item in items if kind == "overlay"]
    shape = input_shape("RegisterTaskDefinition")
    findings = [
        *botocore_findings(definitions, shape),
        *botocore_findings(services, input_shape("CreateService")),
        *cfn_lint_findings(definitions, shape),
        *schema_findings(overlays, arguments[1:]),
    ]
    order = {name: position for position, (name, _, _) in enumerate(items)}
    findings.sort(key=lambda finding: order[finding["name"]])
    json.dump(findings, sys.stdout, indent=2, ensure_ascii=False)
    print()


def require_pinned_versions():
    """Other versions know other rules: a finding, or none, must mean the same on every machine."""
    with open(REQUIREMENTS, encoding="utf-8") as file:
        lines = [line.strip() for line in file if line.strip() and not line.startswith("#")]
    for line in lines:
        package, _, pinned = line.partition("==")
        try:
            found = version(package)
        except PackageNotFoundError:
            found = "nothing"
        if found != pinned:
            raise CannotRun(f"needs {line}, found {found}; install tests/support/requirements.txt")


def read(path):
    """The items as (name, kind, item), every name once."""
    try:
        with open(path, encoding="utf-8") as file:
            items = json.load(file)
    except (OSError, ValueError) as error:
        raise CannotRun(f"{path}: {error}") from error
    if not isinstance(items, list):
        raise CannotRun(f"{path}: must be a JSON array")
    named = {}
    for position, item in enumerate(items):
        name, kind, content = name_of(item, position)
        if name in named:
            raise CannotRun(f"{path}: two definitions are named {name!r}")
        named[name] = (kind, content)
    return [(name, kind, content) for name, (kind, content) in named.items()]


def name_of(item, position):
    for kind in ("definition", "service", "overlay"):
        if isinstance(item, dict) and kind in item:
            return str(item.get("name", f"#{position}")), kind, item[kind]
    family = item.get("family", "") if isinstance(item, dict) else ""
    return f"#{position} {family}".rstrip(), "definition", item


def finding(name, validator, message):
    return {"name": name, "validator": validator, "message": message}


# --- botocore ---------------------------------------------------------------------------------------------------------


def input_shape(operation):
    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    model = Loader(include_default_search_paths=True).load_service_model("ecs", "service-2")
    return ServiceModel(model, "ecs").operation_model(operation).input_shape


def botocore_findings(definitions, shape):
    from botocore.validate import ParamValidator

    validator = ParamValidator()
    for name, definition in definitions:
        report = validator.validate(definition, shape)
        for line in report.generate_report().splitlines():
            yield finding(name, "botocore", line)
        # ParamValidator checks names and types, but leaves enumerations to the service.
        for message in enumeration_errors(definition, shape, ""):
            yield finding(name, "botocore", message)


def enumeration_errors(value, shape, path):
    """Strings that the service model does not list for their member."""
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        for key, member in shape.members.items():
            if key in value:
                yield from enumeration_errors(value[key], member, f"{path}.{key}".lstrip("."))
    elif kind == "list" and isinstance(value, list):
        for position, item in enumerate(value):
            yield from enumeration_errors(item, shape.member, f"{path}[{position}]")
    elif kind == "string" and isinstance(value, str):
        allowed = getattr(shape, "enum", None)
        if allowed and value not in allowed:
            yield f"Invalid value for parameter {path}: {value!r}, must be one of: {', '.join(allowed)}"


# --- cfn-lint ---------------------------------------------------------------------------------------------------------


def cfn_lint_findings(definitions, shape):
    for group in groups(definitions, shape):
        resources = {
            f"TaskDefinition{position}": {"Type": "AWS::ECS::TaskDefinition", "Properties": properties}
            for position, (_, properties) in enumerate(group)
        }
        names = {f"TaskDefinition{position}": name for position, (name, _) in enumerate(group)}
        for match in lint({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}):
            yield finding(*place_and_message(match, names))


def groups(definitions, shape):
    """The definitions as CloudFormation properties, in groups that fit one template each."""
    group, size = [], 0
    for name, definition in definitions:
        properties = cloudformation(definition, shape)
        length = len(json.dumps(properties))
        if group and (len(group) == MAX_RESOURCES or size + length > MAX_BYTES):
            yield group
            group, size = [], 0
        group.append((name, properties))
        size += length
    if group:
        yield group


def cloudformation(value, shape):
    """The value with its members named as CloudFormation names them; maps of the user's own keys stay as they are."""
    kind = shape.type_name if shape is not None else None
    if kind == "map":
        return value
    if isinstance(value, dict):
        members = shape.members if kind == "structure" else {}
        own_names = CLOUDFORMATION_NAMES_INSIDE.get(shape.name, {}) if kind == "structure" else {}
        return {
            own_names.get(key) or cloudformation_name(key): cloudformation(item, members.get(key))
            for key, item in value.items()
        }
    if isinstance(value, list):
        member = shape.member if kind == "list" else None
        return [cloudformation(item, member) for item in value]
    return value


def cloudformation_name(key):
    return CLOUDFORMATION_NAMES.get(key) or key[:1].upper() + key[1:]


def lint(template):
    from cfnlint.api import lint as cfn_lint
    from cfnlint.config import ManualArgs

    # Escaped pairs of UTF-16 are JSON and not YAML, which is what reads this.
    text = json.dumps(template, indent=1, ensure_ascii=False)
    matches = cfn_lint(text, config=ManualArgs(regions=[REGION], ignore_checks=sorted(IGNORED_RULES)))
    return [match for match in matches if not is_ignored(match.rule.id)]


def is_ignored(rule):
    return any(rule.startswith(prefix) for prefix in IGNORED_RULES)


def place_and_message(match, names):
    """Which definition a match is about: its path begins with Resources, the logical name, Properties."""
    path = [str(step) for step in getattr(match, "path", None) or []]
    if match.rule.id.startswith("E0") or len(path) < 2 or path[1] not in names:
        raise CannotRun(f"cfn-lint could not read the template: {match.rule.id} {match.message} at {'/'.join(path)}")
    place = "/".join(path[3:]) or "definition"
    return names[path[1]], "cfn-lint", f"{match.rule.id} {place}: {match.message}"


# --- jsonschema -------------------------------------------------------------------------------------------------------


def schema_findings(overlays, schemas):
    if not overlays:
        return
    if not schemas:
        raise CannotRun("overlays need a SCHEMA.json")
    from jsonschema import Draft7Validator

    with open(schemas[0], encoding="utf-8") as file:
        schema = json.load(file)
    Draft7Validator.check_schema(schema)
    validator = Draft7Validator(schema)
    for name, text in overlays:
        for document in documents(text):
            for error in validator.iter_errors(document):
                place = "/".join(str(step) for step in error.absolute_path) or "overlay"
                yield finding(name, "jsonschema", f"{place}: {error.message}")


def documents(text):
    """The documents of a YAML file as an editor reads them: by YAML 1.2's core schema, tags of Compose passed over."""
    import re

    import yaml

    class Loader(yaml.SafeLoader):
        pass

    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":bool", ":int"))]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
    Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile("^[-+]?[0-9]+$"), list("-+0123456789"))

    def decimal(loader, node):
        return int(loader.construct_scalar(node), 10)

    def untagged(loader, _, node):
        if isinstance(node, yaml.MappingNode):
            return loader.construct_mapping(node, deep=True)
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node, deep=True)
        return loader.construct_object(yaml.ScalarNode(loader.resolve(yaml.ScalarNode, node.value, (True, False)), node.value))

    Loader.add_constructor("tag:yaml.org,2002:int", decimal)
    Loader.add_multi_constructor("!", untagged)
    return list(yaml.load_all(text, Loader))


@contextmanager
def away_from_home():
    """cfn-lint reads a .cfnlintrc of the user and of the folder it runs in; neither may decide a test."""
    before = os.getcwd()
    with tempfile.TemporaryDirectory(prefix="validators-") as empty:
        os.environ["HOME"] = empty
        os.chdir(empty)
        try:
            yield
        finally:
            os.chdir(before)


if __name__ == "__main__":
    paths = [os.path.abspath(argument) for argument in sys.argv[1:]]
    try:
        with away_from_home():
            main(paths)
    except CannotRun as error:
        print(f"validators.py: {error}", file=sys.stderr)
        sys.exit(2)
