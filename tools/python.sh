# Finds the Python to use. To be sourced: `choose_python` sets `chosen_python`, or says in one sentence what is
# missing and returns 1. POSIX sh, so that dash and bash 3.2 read it alike.

# A command can be found and yet not run (a version manager's shim without its version): so each one is run.
in_range() {
    "$1" -c 'import sys; raise SystemExit(not (3, 11) <= sys.version_info[:2] < (3, 14))' >/dev/null 2>&1
}

# Prints the first module that the set-up or the console needs and this Python lacks.
lacking_module() {
    "$1" -c '
import importlib
for name in ("ensurepip", "venv", "sqlite3", "ssl"):
    try:
        importlib.import_module(name)
    except ImportError:
        print(name)
        break
' 2>/dev/null
}

say_what_to_install() {
    version=$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    case "$2" in
    ensurepip | venv)
        if [ -e /etc/debian_version ]; then
            echo "Python $version is here, but not its venv module: install it with 'sudo apt-get install python$version-venv', then run make again." >&2
        else
            echo "Python $version is here, but without its '$2' module: install your system's package of Python's venv module, then run make again." >&2
        fi
        ;;
    *)
        echo "Python $version is here, but was built without its '$2' module: install your system's own Python $version, or name another: make PYTHON=/path/to/python3." >&2
        ;;
    esac
}

choose_python() {
    chosen_python=
    first_lacking= first_module=
    for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3}; do
        in_range "$candidate" || continue
        module=$(lacking_module "$candidate")
        if [ -z "$module" ]; then
            chosen_python=$candidate
            return 0
        fi
        if [ -z "$first_lacking" ]; then
            first_lacking=$candidate first_module=$module
        fi
    done
    if [ -n "$first_lacking" ]; then
        say_what_to_install "$first_lacking" "$first_module"
    elif [ -n "${PYTHON:-}" ]; then
        echo "Agent Console needs Python 3.11, 3.12 or 3.13, and PYTHON=$PYTHON is none of them or does not run: name another." >&2
    else
        echo "Agent Console needs Python 3.11, 3.12 or 3.13, and none was found: install one, or name it: make PYTHON=/path/to/python3." >&2
    fi
    return 1
}
