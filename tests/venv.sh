# Sourced: real tools from PyPI in virtual environments under target/. HPE's ilorest apart from the others, since it
# brings a `redfish` package of its own.
VENV=$PWD/target/venv
VENV_ILOREST=$PWD/target/venv-ilorest

# venv DIRECTORY REQUIREMENTS: makes or renews one; false where Python or the network lacks.
venv() {
    cmp -s "$2" "$1/.requirements" && return
    python3 -m venv "$1" &&
        timeout 600 "$1/bin/pip" install -q --disable-pip-version-check -r "$2" &&
        cp "$2" "$1/.requirements"
}

install_tools() {
    venv "$VENV" tests/requirements.txt && venv "$VENV_ILOREST" tests/requirements-ilorest.txt
}
