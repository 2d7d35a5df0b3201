"""What the package says about itself is what the facade says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import keymanager
from keymanager import records

ROOT = Path(__file__).parents[3]
HANDLES = {"KeyManagerHandle": "KeyManager", "EncryptStream": "EncryptStream", "DecryptStream": "DecryptStream"}


def plain(text: str) -> str:
    """Without marks: links, quotes, where lines end."""
    text = re.sub(r"\[(`\w+`)\](\([\w:]+\))?", r"\1", text)
    return " ".join(text.replace("``", "`").split())


def facade() -> str:
    sources = sorted((ROOT / "bindings/facade/src").glob("*.rs"))
    return "\n".join(path.read_text() for path in sources if path.name != "testing.rs")


def operations() -> dict[str, str]:
    """The first paragraph of each operation."""
    found: dict[str, str] = {}
    handle, doc = "", list[str]()
    for line in facade().splitlines():
        if match := re.match(r"impl (\w+) \{", line):
            handle = HANDLES.get(match[1], "")
        elif line == "}":
            handle = ""
        elif match := re.match(r" */// ?(.*)", line):
            doc.append(match[1])
        elif not re.match(r" *#\[", line):
            if (match := re.match(r"(    )?pub fn (\w+)", line)) and bool(match[1]) == bool(handle):
                name = f"{handle}.{match[2]}" if handle else match[2]
                found[name] = plain("\n".join(doc).split("\n\n")[0])
            doc = []
    return found


def test_every_operation_says_something() -> None:
    assert len(operations()) > 40 and all(operations().values())


@pytest.mark.parametrize(("name", "text"), operations().items(), ids=operations())
def test_operations(name: str, text: str) -> None:
    documented: object = keymanager
    for part in name.split("."):
        documented = getattr(documented, part)
    assert plain(documented.__doc__ or "").startswith(text)


def test_records() -> None:
    """Every field of every record, and no other."""
    classes = {
        node.name: node for node in ast.parse(Path(records.__file__).read_text()).body if isinstance(node, ast.ClassDef)
    }
    assert set(classes) == set(records.__all__)
    source, compared = facade(), 0
    for name, node in classes.items():
        declared = re.search(rf"pub struct {name} \{{\n(.*?)\n\}}", source, re.DOTALL)
        assert declared is not None, name
        fields: dict[str, str] = {}
        doc: list[str] = []
        for line in declared[1].splitlines():
            if match := re.match(r" *///(.*)", line):
                doc.append(match[1])
            elif match := re.match(r" *pub (\w+):", line):
                fields[match[1]], doc = plain("\n".join(doc)), []
        found: dict[str, str] = {}
        for field, after in zip(node.body, node.body[1:]):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                assert isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant), (name, field.target.id)
                found[field.target.id] = plain(str(after.value.value))
        assert list(found) == list(fields), name
        if name != "SignedReport":  # Bytes in Python, and text in JSON.
            assert found == fields, name
            compared += len(found)
    assert compared > 80
