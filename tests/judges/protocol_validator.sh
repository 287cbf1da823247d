#!/usr/bin/env bash
# DMTF's protocol validator on every personality: it must find nothing.
. "$(dirname "$0")/tools.sh"

install_tools
start_lab

# The password is the lab's own and dies with it; the validator takes it as an argument.
validate() {
    local personality=$1 url=$2 user=$3 password_file=$4
    timeout 120 "$VENV/bin/rf_protocol_validator" -r "$url" -u "$user" -p "$(cat "$password_file")" --no-cert-check \
        --avoid-http-redirect --report-dir "$WORK/$personality" >"$WORK/$personality.out" 2>&1 || true
}
each validate

bad=0
while IFS=$'\t' read -r personality _; do
    summary=$(grep -m1 '^Summary' "$WORK/$personality.out" || true)
    printf '%-8s %s\n' "$personality" "${summary:-did not finish}"
    case $summary in
    *"FAIL: 0,"*) ;;
    *)
        bad=1
        grep -h "$(printf '\tFAIL\t')" "$WORK/$personality"/*.tsv || tail -5 "$WORK/$personality.out"
        ;;
    esac
done <"$WORK/bmcs"
exit "$bad"
