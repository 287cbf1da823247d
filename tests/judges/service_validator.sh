#!/usr/bin/env bash
# DMTF's service validator on every personality: its failures must be exactly those of deviations.tsv.
. "$(dirname "$0")/tools.sh"

MOST=15
DEVIATIONS=$PWD/tests/judges/deviations.tsv
install_tools
fetch_schemas
start_lab

# The password is the lab's own and dies with it; the validator takes it as an argument.
validate() {
    local personality=$1 url=$2 user=$3 password_file=$4
    timeout 120 "$VENV/bin/rf_service_validator" -r "$url" -u "$user" -p "$(cat "$password_file")" --authtype Basic \
        --schema_directory "$CSDL" --skipschema --logdir "$WORK/$personality" >"$WORK/$personality.out" 2>&1 || true
}
each validate

python3 - "$WORK" "$DEVIATIONS" "$MOST" <<'PY'
import collections, glob, re, sys

work, table, most = sys.argv[1], sys.argv[2], int(sys.argv[3])
deviations = collections.defaultdict(list)
bad = 0

def complain(text):
    global bad
    bad += 1
    print(text)

for number, line in enumerate(open(table), 1):
    if line.startswith("#") or not line.strip():
        continue
    fields = line.rstrip("\n").split("\t")
    if len(fields) != 4 or not all(fields):
        complain(f"deviations.tsv:{number}: personality, pattern, behaviour and source, with tabs between")
        continue
    deviations[fields[0]].append([number, re.compile(fields[1]), 0])

for line in open(f"{work}/bmcs"):
    personality = line.split("\t")[0]
    ours = deviations.pop(personality, [])
    if len(ours) > most:
        complain(f"{personality}: {len(ours)} deviations, {most} are allowed")
    logs = glob.glob(f"{work}/{personality}/*/*.log")
    tally = re.search(r"\|\s+(\d+)\s+\|\s+(\d+)\s+\|\s+(\d+)\s+\|\s+(\d+)\s+\|", open(f"{work}/{personality}.out").read())
    if not logs or not tally:
        complain(f"{personality}: the validator did not finish")
        print(open(f"{work}/{personality}.out").read()[-2000:])
        continue
    passed, warned, failed = (int(tally.group(part)) for part in (1, 2, 3))
    uri, seen = "", 0
    for entry in open(logs[0]):
        entry = entry.rstrip("\n")
        if match := re.search(r"INFO - Validating (\S+)\.\.\.", entry):
            uri = match.group(1)
        if match := re.search(r"ERROR - FAIL - (.*)", entry):
            seen += 1
            text = f"{uri} {match.group(1)}"
            hits = [one for one in ours if one[1].search(text)]
            if hits:
                hits[0][2] += 1
            else:
                complain(f"{personality}: not a known deviation: {text}")
    if seen != failed:
        complain(f"{personality}: {failed} failures, {seen} of them in the log")
    for number, pattern, hits in ours:
        if not hits:
            complain(f"deviations.tsv:{number}: nothing fails like `{pattern.pattern}` any more")
    print(f"{personality:8} {passed:4} pass {warned:3} warn {failed:3} fail, {len(ours)} deviations")

for personality in deviations:
    complain(f"deviations.tsv: no personality `{personality}`")
sys.exit(1 if bad else 0)
PY
