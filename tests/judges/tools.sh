# Sourced by the judges: their tools, DMTF's schemas, and a lab to judge. None of it is installed outside of target/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

FIRMDECK=${FIRMDECK:-target/debug/firmdeck}
VENV=$PWD/target/venv
WORK=$(mktemp -d)
LAB_PID=

finish() {
    if [ -n "$LAB_PID" ]; then
        kill "$LAB_PID" 2>/dev/null || true
        wait "$LAB_PID" 2>/dev/null || true
    fi
    rm -rf "$WORK"
}
trap finish EXIT

# DMTF's and OpenStack's clients from PyPI.
install_tools() {
    if [ ! -e "$VENV/.complete" ]; then
        python3 -m venv "$VENV"
        timeout 300 "$VENV/bin/pip" -q install redfish-service-validator redfish-utilities redfishtool sushy redfish
        touch "$VENV/.complete"
    fi
}

# HPE's client, apart from the others: it brings a `redfish` package of its own.
install_ilorest() {
    if [ ! -e "$VENV-ilorest/.complete" ]; then
        python3 -m venv "$VENV-ilorest"
        timeout 300 "$VENV-ilorest/bin/pip" -q install ilorest
        touch "$VENV-ilorest/.complete"
    fi
}

# Sets CSDL to DMTF's schemas: the crate nv-redfish-schema carries them, and cargo fetches it for a package of nothing.
fetch_schemas() {
    local package=$PWD/target/csdl
    mkdir -p "$package/src"
    : >"$package/src/lib.rs"
    cat >"$package/Cargo.toml" <<'TOML'
[package]
name = "csdl"
version = "0.0.0"
edition = "2021"

[dependencies]
nv-redfish-schema = "=0.22.1"

[workspace]
TOML
    timeout 120 cargo fetch --quiet --manifest-path "$package/Cargo.toml"
    local manifest
    manifest=$(cargo metadata --format-version 1 --offline --manifest-path "$package/Cargo.toml" | python3 -c '
import json, sys
print(next(p["manifest_path"] for p in json.load(sys.stdin)["packages"] if p["name"] == "nv-redfish-schema"))')
    CSDL=$(dirname "$manifest")/redfish-csdl/csdl
    [ -e "$CSDL/ServiceRoot_v1.xml" ] || { echo "no schemas in $CSDL" >&2; exit 1; }
}

# Starts one BMC of each personality and writes "personality base-url user password-file" lines to $WORK/bmcs.
start_lab() {
    # shellcheck disable=SC2086 # LAB_ARGS are words
    "$FIRMDECK" lab --servers 7 --seed 7 --json ${LAB_ARGS:-} >"$WORK/lab.json" 2>"$WORK/lab.err" &
    LAB_PID=$!
    for _ in $(seq 100); do
        [ "$(wc -l <"$WORK/lab.json")" -ge 7 ] && break
        kill -0 "$LAB_PID" 2>/dev/null || { cat "$WORK/lab.err" >&2; exit 1; }
        sleep 0.1
    done
    python3 - "$WORK/lab.json" >"$WORK/bmcs" <<'PY'
import json, sys
for line in open(sys.argv[1]):
    bmc = json.loads(line)
    print(bmc["personality"], f"https://{bmc['address']}:{bmc['port']}", bmc["username"], bmc["password_file"], sep="\t")
PY
    [ "$(wc -l <"$WORK/bmcs")" -eq 7 ] || { echo "the lab did not start" >&2; cat "$WORK/lab.err" >&2; exit 1; }
}
