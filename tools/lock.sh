#!/bin/sh
# Writes requirements.txt and requirements-dev.txt anew from pyproject.toml: sh tools/lock.sh [--upgrade].
# Universal (markers instead of one platform), with the hash of every file, and without addresses.
set -eu

. tools/python.sh
choose_python
env=build/lock-env
[ -x "$env/bin/uv" ] || {
    rm -rf "$env"
    "$chosen_python" -m venv "$env"
    "$env/bin/python" -m pip --disable-pip-version-check install --quiet uv
}
compile() {
    "$env/bin/uv" pip compile --no-config --universal --generate-hashes --no-header --no-emit-index-url \
        --no-annotate --quiet "$@" pyproject.toml >/dev/null
}
compile --output-file requirements.txt "$@"
compile --output-file requirements-dev.txt --extra dev --constraint requirements.txt "$@"
if grep -n '://' requirements.txt requirements-dev.txt; then
    echo "The lock holds an address: see the lines above." >&2
    exit 1
fi
