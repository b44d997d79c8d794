"""Reads the tree for the tests of its rules: what a file imports, and what the rules of the rooms say about that.

Who may import whom is in pyproject.toml, as contracts of import-linter; here is what it has no words for.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# A room that is not listed there is not a room of Python code.
ROOMS: frozenset[str] = frozenset(
    tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["root_packages"]
)
# What makes a run, as opposed to the facets that it gives: suites ask facets.
INSIDE_FIXTURES = frozenset({"fixtures.context", "fixtures.wiring", "fixtures.spending", "fixtures.registry"})
TICKET_FACE = frozenset({"reports.errors.ReportError"})
SUITE_PARTS = frozenset({"pytest", "hypothesis", "allure"})
# A module of clients that imports one of these can open a connection or start a program.
WIRES = frozenset({"httpx", "httpcore", "socket", "ssl", "boto3", "botocore", "playwright", "subprocess", "http", "urllib3"})
SLOW_TO_LOAD = frozenset({"boto3", "botocore"})


@dataclass(frozen=True)
class Import:
    """One imported module or name. `lazily`: inside a function, or for types only."""

    file: str
    line: int
    module: str
    name: str | None
    alias: str
    lazily: bool

    @property
    def top(self) -> str:
        """The first part of the module's name."""
        return self.module.partition(".")[0]

    @property
    def where(self) -> str:
        """The place, as editors understand it."""
        return f"{self.file}:{self.line}"

    @property
    def full(self) -> str:
        """The dotted name, with the imported name."""
        return f"{self.module}.{self.name}" if self.name else self.module


def python_files(root: Path, *rooms: str) -> list[Path]:
    """Every Python file of these rooms, sorted."""
    return sorted(file for room in rooms for file in (root / room).rglob("*.py") if not {"node_modules", "__pycache__"} & set(file.parts))


@cache
def tree_of(file: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def imports_of(root: Path, file: Path) -> list[Import]:
    """Everything that a file imports: absolute, relative, inside functions, and by a call."""
    relative = file.relative_to(root)
    package = list(relative.parts[:-1])
    found: list[Import] = []

    def note(node: ast.AST, module: str, name: str | None, alias: str, *, lazily: bool) -> None:
        found.append(Import(relative.as_posix(), getattr(node, "lineno", 0), module, name, alias, lazily))

    def visit(node: ast.AST, *, lazily: bool) -> None:
        if isinstance(node, ast.Import):
            for part in node.names:
                note(node, part.name, None, part.asname or part.name.partition(".")[0], lazily=lazily)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            for part in node.names:
                note(node, module or part.name, part.name if module else None, part.asname or part.name, lazily=lazily)
        elif isinstance(node, ast.Call) and _called(node) in DYNAMIC:
            note(node, CALLED, None, "", lazily=True)
        inside = lazily or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) or _for_types_only(node)
        for child in ast.iter_child_nodes(node):
            visit(child, lazily=inside)

    visit(tree_of(file), lazily=False)
    return found


DYNAMIC = frozenset({"importlib.import_module", "import_module", "__import__", "pytest.importorskip", "importorskip", "runpy.run_module"})
CALLED = "?"
# What finds its parts by walking a folder: the names of modules, never those of this code.
WALKS = ("registry.py", "environments/extensions.py", "gonogo/__init__.py", "gonogo/plugin/fixtures.py")


def _called(node: ast.Call) -> str:
    return ast.unparse(node.func)


def _for_types_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


# --- the rules; each yields one line per offence: where, what, and what to do ---


def ticket_face(root: Path) -> Iterator[str]:
    """Of reports, a promotion knows what a ticket offers to the outside, and nothing of how a verdict comes about."""
    for found in (i for file in python_files(root, "gonogo/promotion") for i in imports_of(root, file)):
        if found.top == "reports" and found.full not in TICKET_FACE and found.module != "reports.ticket":
            yield f"{found.where}: promotion imports {found.full}; it may import names of reports.ticket, and reports.errors.ReportError"


def dynamic(root: Path) -> Iterator[str]:
    """Imports that nobody sees who reads the imports."""
    for found in (i for file in python_files(root, *ROOMS) for i in imports_of(root, file)):
        if found.module == CALLED and not found.file.endswith(WALKS):
            yield f"{found.where}: a module is imported by a call, which hides it from these rules and from import-linter; write an import"


def suite_parts(root: Path) -> Iterator[str]:
    """Suites are written in terms of behaviour: no HTTP library, no SDK, no browser driver."""
    for found in _suite_imports(root):
        if found.top not in SUITE_PARTS | ROOMS | {CALLED} | sys.stdlib_module_names:
            yield f"{found.where}: a suite imports {found.full}; only {', '.join(sorted(SUITE_PARTS))} are for suites: let a client do it"
        elif found.top == "suites" and any(part.startswith("test_") for part in found.full.split(".")):
            yield f"{found.where}: a suite imports the checks of {found.module}; share a journey (journeys.py) instead"


def suite_facets(root: Path) -> Iterator[str]:
    """From fixtures suites take facets: what a facet asks of a run is no business of theirs."""
    for found in _suite_imports(root):
        if found.full == "fixtures" or {found.module, found.full} & INSIDE_FIXTURES:
            yield f"{found.where}: a suite imports {found.full}; name a facet in the journey with uses(...), and give that what is lacking"


def suite_creations(root: Path) -> Iterator[str]:
    """Suites create through facets alone, which write the journal first and count: a client's creating method is not called in them.

    A facet is what a class names with uses(...), and what is annotated as a class of fixtures.
    """
    marked = creating_methods(root)
    used = _uses_by_class(root)
    for file in python_files(root, "suites"):
        where, facets = file.relative_to(root).as_posix(), {i.alias for i in imports_of(root, file) if i.module.startswith("fixtures.")}
        known = _annotated(tree_of(file), facets)
        for owner, node in _calls(tree_of(file)):
            named = used.get(owner, frozenset()) | known
            for asked in _asked_for(node):
                if asked.attr in marked and ast.unparse(asked.value) not in named:
                    yield f"{where}:{node.lineno}: a suite calls {ast.unparse(asked)}, which creates something; let a facet do it"


def creating_methods(root: Path) -> frozenset[str]:
    """Names of the methods of clients that are marked with `creates`."""
    found = (node for file in python_files(root, "clients") for node in ast.walk(tree_of(file)) if isinstance(node, ast.FunctionDef))
    return frozenset(node.name for node in found if any(ast.unparse(mark) == "creates" for mark in node.decorator_list))


def _asked_for(call: ast.Call) -> Iterator[ast.Attribute]:
    """The method that is called, or handed to what calls it."""
    if isinstance(call.func, ast.Attribute):
        yield call.func
    if isinstance(call.func, ast.Name) and call.func.id in ("attempt", "tried", "partial"):
        yield from (given for given in call.args if isinstance(given, ast.Attribute))


def _calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """Every call, with the name of the class that it stands in."""

    def visit(node: ast.AST, owner: str) -> Iterator[tuple[str, ast.Call]]:
        if isinstance(node, ast.Call):
            yield owner, node
        for child in ast.iter_child_nodes(node):
            yield from visit(child, node.name if isinstance(node, ast.ClassDef) else owner)

    return visit(tree, "")


def _annotated(tree: ast.Module, facets: set[str]) -> frozenset[str]:
    """What a file annotates as a facet: parameters, variables and attributes."""
    arguments = ((node.arg, node.annotation) for node in ast.walk(tree) if isinstance(node, ast.arg))
    variables = ((ast.unparse(node.target), node.annotation) for node in ast.walk(tree) if isinstance(node, ast.AnnAssign))
    return frozenset(name for name, annotation in (*arguments, *variables) if annotation and ast.unparse(annotation) in facets)


def _uses_by_class(root: Path) -> dict[str, frozenset[str]]:
    """`self.NAME` of each facet that a class of the suites names with uses(...), and of those that its bases name."""
    classes = [node for file in python_files(root, "suites") for node in ast.walk(tree_of(file)) if isinstance(node, ast.ClassDef)]
    bases = {node.name: [ast.unparse(base) for base in node.bases] for node in classes}
    own: dict[str, set[str]] = {node.name: set() for node in classes}
    for owner, line in ((node.name, line) for node in classes for line in node.body if isinstance(line, ast.Assign)):
        if isinstance(line.value, ast.Call) and _called(line.value) == "uses":
            own[owner] |= {f"self.{ast.unparse(target)}" for target in line.targets}

    def of(name: str) -> frozenset[str]:
        return frozenset(own.get(name, ())).union(*(of(base) for base in bases.get(name, ())))

    return {name: of(name) for name in own}


def suite_clients(root: Path) -> Iterator[str]:
    """From clients suites take types, refusals and pure functions; whatever can open a connection is handed out by a facet."""
    speaking = _speaking_modules(root)
    for file in python_files(root, "suites"):
        types: dict[str, Import] = {}
        for found in imports_of(root, file):
            if found.top != "clients":
                continue
            if found.name is None or f"{found.module}.{found.name}" in speaking or found.name == "*":
                yield f"{found.where}: a suite imports the module {found.full}; import the type that is needed from it"
            elif found.module in speaking and not found.name[:1].isupper():
                yield f"{found.where}: a suite imports {found.full}, which can open a connection; ask a facet for it"
            elif found.module in speaking and not _is_record(root, found):
                types[found.alias] = found
        for node in ast.walk(tree_of(file)):
            if isinstance(node, ast.Call) and (made := types.get(_called(node).partition(".")[0])):
                yield f"{made.file}:{node.lineno}: a suite makes a {made.full}; facets hand out clients, so that costs are counted"


def slow_parts(root: Path) -> Iterator[str]:
    """boto3 takes a quarter of a second to load: only runs that speak S3 pay for it."""
    for found in (i for file in python_files(root, "clients", "fixtures", "gonogo", "journeys", "suites") for i in imports_of(root, file)):
        if found.top in SLOW_TO_LOAD and not found.lazily:
            yield f"{found.where}: {found.top} is loaded in every run; import it inside the function that needs it"


def only_plugins(root: Path) -> Iterator[str]:
    """The root conftest lists plugin modules and does nothing."""
    file = root / "conftest.py"
    for node in tree_of(file).body:
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        names = [ast.unparse(target) for target in node.targets] if isinstance(node, ast.Assign) else []
        if docstring or (names == ["pytest_plugins"] and isinstance(node, ast.Assign) and isinstance(node.value, ast.List | ast.Tuple)):
            continue
        yield f"conftest.py:{node.lineno}: only a docstring and the list pytest_plugins belong here; list a module of gonogo/plugin"


def documented(root: Path) -> Iterator[str]:
    """A check's docstring is its requirement, in one sentence: reports and the manifest show it."""
    for file in python_files(root, "suites"):
        if not file.name.startswith("test_"):
            continue
        for node in tree_of(file).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                text = ast.get_docstring(node) or ""
                if "\n" in text or not text.endswith("."):
                    where = f"{file.relative_to(root)}:{node.lineno}"
                    yield f"{where}: {node.name} needs a docstring: its requirement in one sentence, on one line"


# --- programs: each is given variables that were made for it ---

_STARTS = {
    "subprocess": frozenset({"Popen", "run", "call", "check_call", "check_output"}),
    "asyncio": frozenset({"create_subprocess_exec", "create_subprocess_shell"}),
}
# Of these a program inherits everything: there is no word for its variables.
_INHERITING = {
    "subprocess": frozenset({"getoutput", "getstatusoutput"}),
    "os": frozenset({"execl", "execlp", "execv", "execvp", "spawnl", "spawnlp", "spawnv", "spawnvp", "system", "popen"}),
    "pty": frozenset({"spawn"}),
}
_OF_PROGRAMS = re.compile(r"\benvironb?\b|subprocess|\bwhole\b|\bpty\b|\bos\b.*\b(exec|spawn|system|popen)")
_READS = frozenset({"get", "pop", "setdefault"})
# Processes of gonogo's own that read the secrets of an environment, and what reads them here.
WHOLE = frozenset(
    {
        "base/confirmation.py",
        "gonogo/plugin/beginning.py",
        "gonogo/promotion/variables.py",
        "gonogo/proving/gates.py",
        "gonogo/run/assertions.py",
    }
)


def made_environments(root: Path) -> Iterator[str]:
    """No program inherits the variables of a run: whatever is started is told its own, and base/children.py alone copies all of them.

    Setting up is left out: it installs, as the owner of the machine has set that up, and knows no secrets of an environment.
    """
    for file in python_files(root, *(ROOMS - {"setup", "tests"})):
        where = file.relative_to(root).as_posix()
        if not _OF_PROGRAMS.search(file.read_text(encoding="utf-8")):
            continue
        calls = {found.alias: found.full for found in imports_of(root, file) if found.top in {*_STARTS, *_INHERITING, "base"}}
        for node in ast.walk(tree_of(file)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute) and (said := _starting(node, calls, where)):
                yield f"{where}:{node.lineno}: {said}; make the variables with base/children.py"
        if where != "base/children.py":
            for line in _copies(tree_of(file), calls):
                yield f"{where}:{line}: all variables of the process are copied; base/children.py makes those that a program needs"


def _starting(node: ast.Call, calls: dict[str, str], where: str) -> str:
    """What is wrong with a call that starts a program, or asks for all variables; empty where nothing is."""
    head, dot, rest = ast.unparse(node.func).partition(".")
    module, _, name = f"{calls.get(head, head)}{dot}{rest}".rpartition(".")
    if name in _INHERITING.get(module, ()):
        return f"{module}.{name} hands on all variables of the process"
    given = [word.value for word in node.keywords if word.arg == "env"]
    if name in _STARTS.get(module, ()) and all(ast.unparse(value) == "None" for value in given):
        return f"{module}.{name} without env= hands on all variables of the process"
    if (module, name) == ("base.children", "whole") and where not in WHOLE:
        return "children.whole() is for processes of gonogo's own that read the secrets (tests/house.py lists them)"
    return ""


def _copies(tree: ast.Module, calls: dict[str, str]) -> Iterator[int]:
    """Lines with the whole of os.environ, unless one variable is read, or somebody looks the declared ones up in it."""
    for outer in ast.walk(tree):
        if isinstance(outer, ast.ImportFrom) and outer.module == "os" and {part.name for part in outer.names} & {"environ", "environb"}:
            yield outer.lineno
        for inner in ast.iter_child_nodes(outer):
            if not (isinstance(inner, ast.Attribute) and inner.attr in ("environ", "environb") and ast.unparse(inner.value) == "os"):
                continue
            read = isinstance(outer, ast.Subscript | ast.Compare) or (isinstance(outer, ast.Attribute) and outer.attr in _READS)
            looked_up = isinstance(outer, ast.keyword) and outer.arg == "variables"
            looked_up |= isinstance(outer, ast.Call) and _called(outer).endswith((".learn_variables", "Proxies.of"))
            if not (read or looked_up):
                yield inner.lineno


def node_directions(root: Path) -> Iterator[str]:
    """The source of an app of the sandbox imports its own files and packages: it knows nothing of the sandbox, nor of tests."""
    for app in sorted(path for path in (root / "sandbox" / "apps").glob("*") if (path / "src").is_dir()):
        for file in sorted(file for kind in ("*.ts", "*.mjs", "*.js") for file in (app / "src").rglob(kind)):
            if ".test." in file.name:
                continue
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                for target in re.findall(r"""(?:\bfrom|\bimport|\bimport\()\s*["']([^"']+)["']""", line):
                    away = target.startswith(".") and not (file.parent / target).resolve().is_relative_to(app.resolve())
                    if away or target in {"node:test", "miniflare", "wrangler"}:
                        yield f"{file.relative_to(root)}:{number}: an app imports {target}; an app knows nothing of what serves or tests it"


def _suite_imports(root: Path) -> Iterator[Import]:
    return (found for file in python_files(root, "suites") for found in imports_of(root, file))


def _speaking_modules(root: Path) -> set[str]:
    """Modules of clients that can open a connection, by what they import themselves."""
    return {
        ".".join(file.relative_to(root).with_suffix("").parts)
        for file in python_files(root, "clients")
        if any(found.top in WIRES for found in imports_of(root, file))
    }


def _is_record(root: Path, found: Import) -> bool:
    """Whether an imported class is a dataclass, an enumeration or an error: made by anybody, it opens nothing."""
    file = root.joinpath(*found.module.split(".")).with_suffix(".py")
    if not file.is_file():
        return False
    for node in tree_of(file).body:
        if isinstance(node, ast.ClassDef) and node.name == found.name:
            marks = [ast.unparse(mark) for mark in (*node.decorator_list, *node.bases)]
            return any(re.search(r"dataclass|Enum|NamedTuple|TypedDict|Protocol|Error|Exception|Trouble", mark) for mark in marks)
    return False
