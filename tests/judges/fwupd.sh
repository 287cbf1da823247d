#!/usr/bin/env bash
# Debian's fwupd, unmodified, must list the lab's iLO 6 and flash its iLO by HPE's form: the whole flow of a client that
# shares nothing with ours. Passwords stand in a configuration of mode 0600.
LAB_ARGS="--personality ilo6 --speed 5"
. "$(dirname "$0")/tools.sh"

if ! command -v fwupdtool >/dev/null; then
    [ -n "${CI:-}" ] && { echo "fwupdtool is not installed" >&2; exit 1; }
    echo "skipped: fwupdtool is not installed"
    exit 0
fi
LAB_ARGS="$LAB_ARGS --images $WORK/images"
start_lab 1
IFS=$'\t' read -r _ url user password_file <"$WORK/bmcs"

mkdir -p "$WORK/fwupd"
(umask 077; printf '[fwupd]\n[redfish]\nUri=%s\nUsername=%s\nPassword=%s\nCACheck=false\n' \
    "$url" "$user" "$(head -n 1 "$password_file")" >"$WORK/fwupd/fwupd.conf")
fwupd() {
    FWUPD_SYSCONFDIR=$WORK/fwupd CONFIGURATION_DIRECTORY=$WORK/fwupd timeout 120 \
        fwupdtool --plugins redfish --json "$@" 2>"$WORK/fwupd.err"
}
ilo() {
    fwupd get-devices | python3 -c '
import json, sys
found = [one for one in json.load(sys.stdin)["Devices"] if one["Name"].startswith("iLO")]
assert len(found) == 1, found
print(found[0]["DeviceId"], found[0]["Version"])'
}

read -r device before <<<"$(ilo)"
if ! fwupd install-blob "$WORK"/images/ilo6_*.fwpkg "$device"; then
    cat "$WORK/fwupd.err" >&2
    exit 1
fi
# The iLO restarts to take it.
for _ in $(seq 80); do
    sleep 1
    after=$(ilo 2>/dev/null | cut -d' ' -f2) && [ -n "$after" ] && [ "$after" != "$before" ] && break
done
[ "$after" = 1.70 ] || { echo "fwupd: iLO is at '${after:-nothing}' after the flash, before it was at $before" >&2; exit 1; }
echo "ilo6     fwupd flashed the iLO: $before -> $after"
