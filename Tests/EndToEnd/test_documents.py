"""Documents that name tests name tests that exist."""

import re

from support.processes import ROOT


def test_every_test_that_the_faults_name_exists():
    """In a cell a name without a file belongs to the file named before it."""
    python = {path.name: path.read_text() for path in (ROOT / "Tests/EndToEnd").glob("test_*.py")}
    swift = {path.name: path.read_text() for path in (ROOT / "Tests").rglob("*Tests.swift")}
    count = 0
    for cell in re.findall(r"[^|\n]+", (ROOT / "Docs/faults.md").read_text()):
        file = None
        for named, name in re.findall(r"`(?:([\w.]+)::)?(\w+)`", cell):
            if not named and not name.startswith("test_"):
                continue
            file = named or file
            count += 1
            if file in python:
                assert re.search(rf"^def {name}\(", python[file], re.M), f"{file} has no {name}"
            else:
                assert file in swift, f"there is no {file}"
                assert re.search(rf"@Test\b[^@]*?func {name}\(", swift[file], re.S), f"{file} has no test {name}"
    assert count > 80
