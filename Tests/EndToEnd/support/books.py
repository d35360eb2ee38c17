"""What the books say, read with the program's own commands."""

import decimal
import json
import sqlite3

from support.processes import eventually, run


def command(folder, *arguments, code=0, **more):
    """A command's JSON."""
    result = run(*arguments, "--json", folder=folder, **more)
    assert result.returncode == code, result.stdout + result.stderr
    return json.loads(result.stdout, parse_float=decimal.Decimal)


def audit(folder, config="patchbay.yaml"):
    """An audit that must find nothing wrong."""
    found = command(folder, "audit", "--config", folder / config, seconds=60)
    assert found["ok"] and not found["faults"], found
    return found


def explain(folder, generation, config="patchbay.yaml"):
    """The record of a generation, as soon as it is in the store."""

    def look():
        result = run("explain", generation, "--config", folder / config, "--json", folder=folder)
        return result.returncode == 0 and json.loads(result.stdout, parse_float=decimal.Decimal)

    return eventually(look, f"the record of {generation}")


def usage(folder, by="key", config="patchbay.yaml"):
    return command(folder, "usage", "--by", by, "--config", folder / config)


def settled(folder, count, config="patchbay.yaml"):
    """Waits until the store has `count` records."""
    return eventually(
        lambda: (found := command(folder, "audit", "--config", folder / config))["records"] >= count and found,
        f"{count} records")


def hold_the_store(path):
    """A connection that keeps the store locked for writing until it is closed."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    return connection
