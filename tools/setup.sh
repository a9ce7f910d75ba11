#!/bin/sh
# Makes, updates or repairs the virtual environment: sh tools/setup.sh [VENV]; run from the top of the repository.
# POSIX sh. PYTHON names the Python to use; without it the first that runs and is in range is taken.
set -eu

venv=${1:-.venv}
stamp=$venv/.agentconsole-installed
lock=$venv.lock
. tools/python.sh
unset PYTHONHOME PYTHONPATH

# What the environment is made from: another lock, project file or place means that it has to be brought up to date.
wanted=$(
    cat requirements-dev.txt pyproject.toml | cksum
    pwd
)

is_ready() {
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && in_range "$venv/bin/python"
}

# Two runs of make at once: the second waits for the first. A lock whose owner is gone is taken over.
take_lock() {
    said=
    until mkdir "$lock" 2>/dev/null; do
        [ -d "$lock" ] || {
            mkdir -p "$(dirname "$lock")"
            [ -w "$(dirname "$lock")" ] || {
                echo "Cannot write to the folder $(dirname "$lock"), where the environment is to be made." >&2
                exit 1
            }
        }
        owner=$(cat "$lock/pid" 2>/dev/null || echo)
        if [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null; then
            rm -rf "$lock"
            continue
        fi
        if [ -z "$said" ]; then
            echo "Another make is setting up $venv: waiting for it (if there is none, remove $lock)." >&2
            said=yes
        fi
        sleep 1
    done
    echo $$ >"$lock/pid"
    trap 'rm -rf "$lock"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
}

# Never empties a folder that is something else than an environment, however VENV was spelled.
refuse_foreign_folder() {
    [ -d "$venv" ] || return 0
    for entry in "$venv"/* "$venv"/.[!.]*; do
        case ${entry##*/} in
        bin | include | lib | lib64 | share | etc | man | pyvenv.cfg | .gitignore | .lock | .agentconsole-installed | '*' | '.[!.]*') ;;
        *)
            echo "$venv is no virtual environment (it holds ${entry##*/}): remove it or name another: make VENV=folder." >&2
            exit 1
            ;;
        esac
    done
}

install() {
    "$venv/bin/python" -m pip --disable-pip-version-check install --quiet --no-input "$@" || {
        echo "Installing the dependencies failed, for the reason that pip gave above: put it right, then run make again." >&2
        exit 1
    }
}

is_ready && exit 0
take_lock
is_ready && exit 0

# An environment without the stamp was never finished: what an interrupted pip left behind can't be trusted.
if [ -f "$stamp" ] && in_range "$venv/bin/python" && "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    echo "Bringing $venv up to date ..." >&2
    rm -f "$stamp"
else
    choose_python
    refuse_foreign_folder
    echo "Setting up $venv with $("$chosen_python" --version 2>&1): about a minute ..." >&2
    rm -rf "$venv"
    "$chosen_python" -m venv "$venv"
fi
install --require-hashes -r requirements-dev.txt
install --no-deps --no-build-isolation -e .
echo "$wanted" >"$stamp"
