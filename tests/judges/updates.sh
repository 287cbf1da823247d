#!/usr/bin/env bash
# Public clients, unmodified, must update what they can: sushy's simple_update with its task monitor, and DMTF's
# rf_update.py -i URI, on every personality that fetches images. The images lie on a plain file server.
# A BIOS keeps the BMC up under the monitor: iDRAC restarts the host for it, iLO writes it under the running host,
# Supermicro needs the host off first.
LAB_ARGS="--speed 60"
. "$(dirname "$0")/tools.sh"

install_tools
LAB_ARGS="$LAB_ARGS --images $WORK/images"
start_lab

python3 -u -m http.server --bind 127.0.0.1 --directory "$WORK/images" 0 >"$WORK/server" 2>&1 &
SERVER_PID=$!
trap 'kill "$SERVER_PID" 2>/dev/null || true; finish' EXIT
for _ in $(seq 600); do
    PORT=$(sed -n 's/.*port \([0-9]*\).*/\1/p' "$WORK/server")
    [ -n "$PORT" ] && break
    sleep 0.1
done
[ -n "$PORT" ] || { echo "the file server did not start" >&2; cat "$WORK/server" >&2; exit 1; }

judge() {
    timeout 250 "$VENV/bin/python" - "$@" "$VENV" "$PORT" >"$WORK/$1.judged" 2>&1 <<'PY' || touch "$WORK/bad"
import base64, json, os, ssl, subprocess, sys, time, urllib.request, warnings

personality, url, user, password_file, venv, port = sys.argv[1:]
if personality == "xcc":
    # Its clients claim it first and reset it after, which rf_update.py does not.
    print(f"{personality:8} left out: rf_update.py neither claims nor resets it")
    sys.exit(0)
if personality in ("openbmc", "openbmc-old", "chassis", "megarac"):
    print(f"{personality:8} fetches no images")
    sys.exit(0)
password = open(password_file).read().strip()
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

def ask(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url + path, data=data)
    request.add_header("Authorization", "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode())
    request.add_header("Content-Type", "application/json")
    text = urllib.request.urlopen(request, context=context, timeout=20).read()
    return json.loads(text) if text else {}

system = ask("/redfish/v1/Systems")["Members"][0]["@odata.id"]

def reset(word):
    ask(f"{system}/Actions/ComputerSystem.Reset", {"ResetType": word})

def until(what, limit=60):
    for _ in range(limit * 5):
        if what():
            return True
        time.sleep(0.2)
    return False

def power(state):
    return until(lambda: ask(system)["PowerState"] == state)

body = ask(system)
board = ask(ask("/redfish/v1/Chassis")["Members"][0]["@odata.id"]).get("Model")
entries = [one for one in json.load(open(f"{os.environ['WORK']}/images/images.json"))
           if one["personality"] == personality and one["component"] == "bios" and body["Model"] in one["models"]
           and (not personality.startswith("smc") or any(fit.startswith(f"{board}-") for fit in one["fits"]))]
assert entries, f"{personality}: no image for {body['Model']}"
wanted = next(one for one in entries if one["wanted"])
# Two updates: the step in between first where there is one, else the same image twice.
steps = sorted(entries, key=lambda one: one["wanted"])
steps = steps if len(steps) == 2 else [wanted, wanted]
targets = ["/redfish/v1/Systems/1"] if personality.startswith("smc") else None

def ready():
    # Where the vendor wants the host: off for Supermicro, out of POST for the others.
    if targets:
        if ask(system)["PowerState"] == "On":
            reset("ForceOff")
        return power("Off")
    if ask(system)["PowerState"] == "Off":
        reset("On")
    assert power("On")
    time.sleep(300 / 60)
    return True

def uri(step):
    return f"http://127.0.0.1:{port}/{step['file']}"

warnings.simplefilter("ignore")
import sushy

assert ready()
root = sushy.Sushy(url + "/redfish/v1", username=user, password=password, verify=False)
monitor = root.get_update_service().simple_update(uri(steps[0]), targets=targets, transfer_protocol="HTTP")

def jobs():
    found = [ask(one["@odata.id"]) for one in ask("/redfish/v1/Managers/iDRAC.Embedded.1/Jobs")["Members"]]
    return [one["JobState"] for one in found]

def reset_if_parked():
    # An early iDRAC's job is parked until the host's next reset, which is the client's.
    if personality == "idrac9-3" and until(lambda: "Scheduled" in jobs()):
        reset("ForceRestart")

reset_if_parked()
for _ in range(120):
    try:
        if not monitor.check_is_processing:
            break
    except sushy.exceptions.ResourceNotFoundError:
        break  # iDRAC removes a finished task after the host's boot.
    time.sleep(0.5)
else:
    sys.exit(f"{personality}: sushy's monitor still says processing")

def done(step):
    if personality.startswith("ilo"):
        # The task is over when the ROM is written; the host's reset is the client's.
        until(lambda: ask("/redfish/v1/UpdateService")["Oem"]["Hpe"]["State"] == "Complete")
        reset("ForceRestart")
    # Supermicro's inventory puts the date before the version, its system does not.
    wanted = step["version"].rsplit(" Ver ", 1)[-1]
    if not until(lambda: ask(system)["BiosVersion"] == wanted):
        sys.exit(f"{personality}: {ask(system)['BiosVersion']}, not {step['version']}")

done(steps[0])
assert ready()
words = [sys.executable, f"{venv}/bin/rf_update.py", "-r", url, "-u", user, "-p", password, "-i", uri(steps[1])]
pipe = subprocess.PIPE
client = subprocess.Popen(words + (["-t", targets[0]] if targets else []), stdout=pipe, stderr=pipe, text=True,
                          cwd=os.environ["WORK"])
try:
    reset_if_parked()
    out, err = client.communicate(timeout=120)
finally:
    client.kill()
if client.returncode or "initiated" not in out:
    sys.exit(f"{personality}: rf_update.py: {out[-400:]}{err[-400:]}")
done(steps[1])
print(f"{personality:8} sushy to {steps[0]['version']}, rf_update.py to {steps[1]['version']}")
PY
}
export PORT
each judge

cat "$WORK"/*.judged
[ ! -e "$WORK/bad" ]
