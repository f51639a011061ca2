#!/bin/sh
# Makes the project's own environment: a Python to start from, .venv, what is locked, a browser.
#
#   environment.sh python           print the Python that .venv is made with
#   environment.sh venv             make .venv, if there is none that runs
#   environment.sh install lab|dev  install that locked set and the package into .venv
#   environment.sh install bench    install the libraries that speed is measured beside into .bench
#   environment.sh lock             choose versions anew and write the locked sets
#   environment.sh chromium         print a Chromium's path; install one where that is allowed
set -eu

cd "$(dirname "$0")/.."
VENV=${VENV:-.venv}
LOCKS=server_config/requirements

say() { printf '%s\n' "$*" >&2; }

die() {
    say "error: $*"
    exit 1
}

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

makes_venvs() { "$1" -c 'import venv, ensurepip' 2>/dev/null; }

find_python() {
    old='' bare=''
    for name in ${PYTHON:-python3.13 python3.12 python3.11 python3 python}; do
        "$name" -c 'pass' 2>/dev/null || continue
        if ! is_new_enough "$name"; then
            old="$name is $("$name" --version 2>&1)"
        elif ! makes_venvs "$name"; then
            bare=$name
        else
            command -v "$name"
            return
        fi
    done
    [ -z "$bare" ] || die "$bare has no venv module. Install it (on Debian and Ubuntu: apt-get install python3-venv) and run make again."
    [ -z "$old" ] || die "Python 3.11 or newer is needed, $old. Install a newer one, or name it: make PYTHON=/path/to/python3.12 ..."
    die "no Python found. Install Python 3.11 or newer, or name it: make PYTHON=/path/to/python3.12 ..."
}

make_venv() {
    if [ -x "$VENV/bin/python" ] && is_new_enough "$VENV/bin/python"; then
        return
    fi
    python=$(find_python)
    say "making $VENV with $("$python" --version)"
    "$python" -m venv --clear "$VENV"
}

find_uv() {
    if [ -n "${NO_UV:-}" ]; then
        return 1
    fi
    if command -v uv >/dev/null 2>&1; then
        command -v uv
        return
    fi
    [ -x "$VENV/bin/uv" ] || pip_install -r "$LOCKS/uv.txt" >&2 || return 1
    printf '%s\n' "$VENV/bin/uv"
}

pip_install() { "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check "$@"; }

install_with() {
    uv=$1
    shift
    if [ -n "$uv" ]; then
        "$uv" pip install --quiet --python "$VENV/bin/python" "$@" && return
        say "uv could not install it, trying pip"
    fi
    pip_install "$@"
}

install_locked() {
    [ -f "$LOCKS/$1.txt" ] || die "no locked set named '$1' in $LOCKS"
    make_venv
    uv=$(find_uv) || uv=''
    say "installing the locked '$1' set with ${uv:-pip}"
    install_with "$uv" --require-hashes -r "$LOCKS/$1.txt"
}

install_set() {
    install_locked "$1"
    install_with "$uv" --no-deps --no-build-isolation --editable .
    "$VENV/bin/bifrost" kernel install --sys-prefix >&2
}

compile_set() {
    name=$1
    shift
    "$uv" pip compile --quiet --no-config --universal --python-version 3.11 --upgrade \
        --generate-hashes --no-header --no-annotate --output-file "$LOCKS/$name.txt" "$@"
}

write_locks() {
    make_venv
    uv=$(find_uv) || die "locking needs uv, which could not be installed"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    # An editable install without build isolation finds its build backend in .venv.
    "$VENV/bin/python" -c 'import tomllib
for one in tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"]:
    print(one)' >"$work/build.in"
    echo uv >"$work/uv.in"
    compile_set dev pyproject.toml "$work/build.in" --extra dev
    # The smaller sets take the larger one's versions, so that one environment can hold both.
    compile_set lab pyproject.toml "$work/build.in" --extra lab --constraint "$LOCKS/dev.txt"
    compile_set uv "$work/uv.in" --constraint "$LOCKS/dev.txt"
    compile_set bench "$LOCKS/bench.in"
    if grep -nE '://|find-links|index-url|file:' "$LOCKS"/*.txt >&2; then
        die "a locked set names an address"
    fi
}

find_browser() {
    for name in ${BIFROST_CHROMIUM:-chromium chromium-browser google-chrome google-chrome-stable}; do
        command -v "$name" && return
    done
    return 1
}

install_browser() {
    command -v apt-get >/dev/null 2>&1 || return 1
    sudo=''
    if [ "$(id -u)" -ne 0 ]; then
        sudo -n true 2>/dev/null || return 1
        sudo=sudo
    fi
    say "installing Chromium with apt-get"
    $sudo apt-get update -qq >&2
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        chromium fonts-dejavu-core >&2
}

case "${1:-}" in
    python) find_python ;;
    venv) make_venv ;;
    install)
        case "${2:-}" in
            bench) VENV=.bench && install_locked bench ;;
            *) install_set "${2:-}" ;;
        esac
        ;;
    lock) write_locks ;;
    chromium) find_browser || { install_browser && find_browser; } ;;
    *) die "usage: environment.sh python | venv | install lab|dev|bench | lock | chromium" ;;
esac
