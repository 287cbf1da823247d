# Sourced by the judges: their tools, DMTF's schemas, and a lab to judge. None of it is installed outside of target/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

FIRMDECK=$PWD/target/debug/firmdeck
WORK=$(mktemp -d)
export WORK
LAB_PID=
CSDL=

finish() {
    if [ -n "$LAB_PID" ]; then
        kill "$LAB_PID" 2>/dev/null || true
        wait "$LAB_PID" 2>/dev/null || true
    fi
    rm -rf "$WORK"
}
trap finish EXIT

# A proxy's certificates, set for all Python programs, would overrule a client that was told not to verify.
unset REQUESTS_CA_BUNDLE CURL_CA_BUNDLE

. tests/venv.sh

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

# each FUNCTION: calls it for two BMCs at a time with personality, url, user and password file.
each() {
    export -f "${1?}"
    export VENV WORK CSDL
    xargs -a "$WORK/bmcs" -d '\n' -P 2 -I{} bash -c 'IFS=$'"'\t'"' read -r a b c d <<<"$1"; '"$1"' "$a" "$b" "$c" "$d"' _ {}
}

# start_lab [COUNT]: starts one BMC of each personality, or COUNT, and writes "personality base-url user password-file" lines to $WORK/bmcs.
start_lab() {
    local count=${1:-11}
    : >"$WORK/lab.json"
    # shellcheck disable=SC2086 # LAB_ARGS are words
    "$FIRMDECK" lab --servers "$count" --seed 7 --json ${LAB_ARGS:-} >"$WORK/lab.json" 2>"$WORK/lab.err" &
    LAB_PID=$!
    for _ in $(seq 600); do
        [ "$(wc -l <"$WORK/lab.json")" -ge "$count" ] && break
        kill -0 "$LAB_PID" 2>/dev/null || { cat "$WORK/lab.err" >&2; exit 1; }
        sleep 0.1
    done
    python3 - "$WORK/lab.json" >"$WORK/bmcs" <<'PY'
import json, sys
for line in open(sys.argv[1]):
    bmc = json.loads(line)
    print(bmc["personality"], f"https://{bmc['address']}:{bmc['port']}", bmc["username"], bmc["password_file"], sep="\t")
PY
    [ "$(wc -l <"$WORK/bmcs")" -eq "$count" ] || { echo "the lab did not start" >&2; cat "$WORK/lab.err" >&2; exit 1; }
}
