"""What is kept in the repository is fit for every machine and says each thing once."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
LOCKS = tuple(f"server_config/requirements/{name}.txt" for name in ("dev", "lab", "uv", "bench"))

FORBIDDEN = {
    "a path of somebody's machine": re.compile(
        r"(?<![\w.~}$-])/(?:root|home|work|tmp|Users|mnt)/(?!ann/|ipykernel_)[\w.]"  # made up
        r"|\b[A-Z]:\\\\?Users"
    ),
    "a registry's address": re.compile(
        r"(?:pythonhosted|pypi|npmjs|debian|anaconda|crates|docker)\.(?:org|com|io|net)\b"
    ),
    "unfinished work": re.compile(r"\b(?:T[O]DO|F[I]XME|X{3}|H[A]CK)\b"),
    "a mark of a merge": re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE),
    "a private key": re.compile(r"BEGIN [A-Z ]*PRIVATE [K]EY"),
}


def tracked():
    """Return every file that is kept, or would be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    paths = (PROJECT / name for name in sorted(set(done.stdout.split("\0"))) if name)
    return [one for one in paths if one.is_file()]


def offences(path):
    """Return what stands in a file and should not."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return []
    return [
        f"{path.name}: {what}: {match[0]!r}"
        for what, pattern in FORBIDDEN.items()
        if (match := pattern.search(text))
    ]


def unlocked(text):
    """Return the requirements of a lock file that are not pinned, not hashed or say more."""
    entries = re.sub(r"\\\n\s*", "", text).splitlines()
    sound = re.compile(
        r"[a-z0-9._-]+==[\w.!+]+(?: ; [\w\s.'\"<>=!()*-]+?)?\s*(?:--hash=sha256:[0-9a-f]{64}\s*)+"
    )
    return [one for one in entries if not sound.fullmatch(one)]


def test_kept_files_name_no_machine_and_no_registry():
    """No kept file names a machine's paths, a registry's address, unfinished work or a key."""
    assert [one for path in tracked() for one in offences(path)] == []


def test_no_kept_file_is_large():
    """No kept file is larger than a megabyte."""
    assert [one.name for one in tracked() if one.stat().st_size > 1_000_000] == []


@pytest.mark.parametrize("name", LOCKS)
def test_locked_sets_are_pinned_hashed_and_nothing_else(name):
    """Every line of a locked set is a name, a version and hashes; heavy torch is not among them."""
    text = (PROJECT / name).read_text(encoding="utf-8")
    assert unlocked(text) == []
    assert not re.search(r"^torch\b|://", text, re.MULTILINE)


def test_the_smaller_set_is_part_of_the_larger_one():
    """One environment can hold both sets: they agree on every version."""
    dev, lab, uv = (
        set(re.findall(r"^[\w.-]+==[^\s;]+", (PROJECT / name).read_text(), re.MULTILINE))
        for name in LOCKS[:3]
    )
    assert lab < dev
    assert uv < dev


def test_every_direct_requirement_is_locked():
    """Whatever the package says it needs is in the set that developers install."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *sum(project["optional-dependencies"].values(), [])]  # noqa: RUF017 - a few short lists
    names = {re.split(r"[\[<>=!~ ;]", one)[0].lower().replace("_", "-") for one in asked}
    locked = set(re.findall(r"^([\w.-]+)==", (PROJECT / LOCKS[0]).read_text(), re.MULTILINE))
    assert names - {"bifrost-kernel"} <= locked


def test_the_version_stands_in_one_place():
    """The version is written once; the build and the runs read it there."""
    pattern = re.compile(r"^\s*_*version_*\s*=\s*[\"']\d", re.MULTILINE)
    places = [
        path.relative_to(PROJECT).as_posix()
        for path in tracked()
        if path.suffix in {".py", ".toml", ".cfg"} and pattern.search(path.read_text())
    ]
    assert places == ["bifrost_kernel/_version.py"]


def test_the_changelog_knows_the_version():
    """The changelog has a heading for the version that the package says it is."""
    version = re.search(
        r'__version__ = "(.+)"', (PROJECT / "bifrost_kernel/_version.py").read_text()
    )[1]
    changelog = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## \[{re.escape(version)}\]", changelog, re.MULTILINE)
    assert re.search(r"^## \[Unreleased\]", changelog, re.MULTILINE)


def test_ci_runs_what_a_person_runs():
    """The continuous integration runs exactly the one command that the README names."""
    script = (PROJECT / ".ci/run").read_text(encoding="utf-8")
    commands = [one for one in script.splitlines() if one and not one.startswith("#")]
    assert commands == ["set -euo pipefail", 'cd "$(dirname "$0")/.."', "make test"]
    assert "`make test`" in (PROJECT / "README.md").read_text(encoding="utf-8")


def test_documents_name_commands_that_exist():
    """Every make target that the documents speak of is in the Makefile."""
    targets = set(re.findall(r"^([\w-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        named = set(re.findall(r"`make ([\w-]+)", (PROJECT / name).read_text(encoding="utf-8")))
        assert named <= targets, name


@pytest.mark.parametrize(
    "text",
    [
        "open('/ro~ot/notes')",
        "see /wo~rk/notes",
        "--find-links /tm~p/wheels",
        "from https://files.pythonho~sted.org/x.whl",
        "# TO~DO later",
        "<<<<<<~< HEAD",
        "-----BEGIN PRIVATE KE~Y-----",
    ],
)
def test_each_offence_in_a_file_is_seen(tmp_path, text):
    """Each kind of text that must not be kept is found once."""
    path = tmp_path / "planted.py"
    path.write_text("url = base / 'home'\n", encoding="utf-8")
    assert offences(path) == []
    path.write_text(text.replace("~", "") + "\n", encoding="utf-8")
    assert len(offences(path)) == 1


@pytest.mark.parametrize(
    "line",
    ["--index-url x", "numpy>=2", "numpy==2.0", "numpy @ file:numpy.whl --hash=sha256:" + "0" * 64],
)
def test_each_loose_requirement_is_seen(line):
    """An address, a range, a missing hash and a local file are each refused in a locked set."""
    sound = "numpy==2.0 ; python_full_version >= '3.11' \\\n    --hash=sha256:" + "0" * 64
    assert unlocked(f"{sound}\n") == []
    assert unlocked(f"{sound}\n{line}\n") == [line]
