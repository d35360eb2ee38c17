"""OpenRouter's own schemas for what the gateway answers (Scripts/extract-schemas)."""

import functools
import json

import jsonschema

from support.processes import ROOT

CHAT, RESPONSES, MESSAGES = ROUTES = "/chat/completions", "/responses", "/messages"
#: Most failures that a message has.
SHOWN = 5


@functools.cache
def fixture():
    return json.loads((ROOT / "Tests" / "Fixtures" / "openrouter-schemas.json").read_text())


def root(kind):
    """The schema of a kind: a route and a status, or a route and `event`. The schema of a failing status that the file
    does not list for a route is that of its 400: all failing bodies of a route have one form."""
    route, what = kind.split()
    schemas = fixture()["roots"][route]
    if what.isdigit() and int(what) >= 400:
        return schemas.get(what, schemas["400"])
    return schemas[what]


@functools.cache
def validator(kind):
    return jsonschema.Draft202012Validator({**root(kind), "$defs": fixture()["$defs"]})


def validate(kind, document):
    """Fails with the first deviations of a document from the schema of its kind: `/messages 200`, `/messages event` (an
    object with `event` and `data`), `/messages 404`."""
    errors = sorted(validator(kind).iter_errors(document), key=lambda error: [str(each) for each in error.absolute_path])
    if errors:
        shown = "\n".join(f"  {describe(error)}" for error in errors[:SHOWN])
        more = f"\n  and {len(errors) - SHOWN} more" if len(errors) > SHOWN else ""
        raise AssertionError(f"{kind} does not validate:\n{shown}{more}\n  in {shorten(json.dumps(document), 2000)}")


def describe(error):
    """Where, and what is wrong there."""
    leaf = nearest(error)
    return f"{leaf.json_path}: {shorten(leaf.message, 300)}"


def nearest(error):
    """Of an error about alternatives, what keeps the document from the one it is nearest to: one of its own type."""
    while error.context:
        branches = {}
        for each in error.context:
            branches.setdefault(each.schema_path[0], []).append(each)
        of_its_type = [
            each for branch in branches.values() if not any(is_about_type(each, error) for each in branch)
            for each in branch
        ]
        error = jsonschema.exceptions.best_match(of_its_type or error.context)
    return error


def is_about_type(error, parent):
    below = list(error.absolute_path)[len(parent.absolute_path):]
    return error.validator in ("enum", "const") and below == ["type"] or error.validator == "type" and not below


def deviations(kind, document):
    """What a document deviates in from the schema of its kind, without the numbers of elements and the values."""
    found = set()
    for error in validator(kind).iter_errors(document):
        leaf = nearest(error)
        place = ".".join(str(each) for each in leaf.absolute_path if isinstance(each, str))
        found.add((place, leaf.validator, leaf.message if leaf.validator == "required" else ""))
    return found


def shorten(text, length):
    return text if len(text) <= length else text[:length] + " …"


def further_members(kind, document):
    """The members that the schema of a kind does not name, as paths without numbers: `usage.is_estimated`."""
    found = set()
    collect(root(kind), document, "", found)
    return found


def collect(schema, value, path, found):
    schemas = list(applicable(schema, value))
    if isinstance(value, dict):
        if any("additionalProperties" in each or not each.keys() - {"type"} for each in schemas):
            return
        for name, member in value.items():
            below = f"{path}.{name}" if path else name
            named = [each["properties"][name] for each in schemas if name in each.get("properties", {})]
            if named:
                collect({"allOf": named}, member, below, found)
            else:
                found.add(below)
    elif isinstance(value, list):
        items = [each["items"] for each in schemas if "items" in each]
        for element in value if items else []:
            collect({"allOf": items}, element, path, found)


def applicable(schema, value):
    """The schema and all those below it that are about the same value and hold for it."""
    yield schema
    if "$ref" in schema:
        yield from applicable(fixture()["$defs"][schema["$ref"].rsplit("/", 1)[1]], value)
    for each in schema.get("allOf", []):
        yield from applicable(each, value)
    for each in [*schema.get("anyOf", []), *schema.get("oneOf", [])]:
        if holds(each, value):
            yield from applicable(each, value)
    if "if" in schema and holds(schema["if"], value):
        yield from applicable(schema.get("then", {"type": "object"}), value)


def holds(schema, value):
    return jsonschema.Draft202012Validator({**schema, "$defs": fixture()["$defs"]}).is_valid(value)
