#!/usr/bin/env bash
# Public Redfish clients, unmodified, must list each personality's firmware as the BMC itself does.
. "$(dirname "$0")/tools.sh"

install_tools
start_lab

bad=0
while IFS=$'\t' read -r personality url user password_file; do
    timeout 120 "$VENV/bin/python" - "$personality" "$url" "$user" "$password_file" "$VENV" <<'PY' || bad=1
import base64, json, os, ssl, subprocess, sys, tempfile, urllib.request, warnings

personality, url, user, password_file, venv = sys.argv[1:]
password = open(password_file).read().strip()
inventory = "/redfish/v1/UpdateService/FirmwareInventory"
bad = []

context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

def read(path):
    request = urllib.request.Request(url + path)
    request.add_header("Authorization", "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode())
    return json.load(urllib.request.urlopen(request, context=context, timeout=20))

members = [read(link["@odata.id"]) for link in read(inventory)["Members"]]
versions = sorted(str(member.get("Version")) for member in members)

def run(*words):
    return subprocess.run(words, capture_output=True, text=True, timeout=60, cwd=os.environ["WORK"])

def judge(client, found):
    if found != versions:
        bad.append(f"{personality}: {client} lists {found}, the BMC {versions}")

# DMTF's redfish-utilities: name | version.
listed = run(sys.executable, f"{venv}/bin/rf_firmware_inventory.py", "-r", url, "-u", user, "-p", password)
found = sorted(line.rsplit(" | ", 1)[1].strip() for line in listed.stdout.splitlines() if " | " in line)
# A member without a version prints none of its own.
judge("rf_firmware_inventory.py", ["None" if version in ("", "N/A") else version for version in found])
if listed.returncode:
    bad.append(f"{personality}: rf_firmware_inventory.py ended with {listed.returncode}: {listed.stderr[-300:]}")

# DMTF's redfishtool, with Basic and with a session: the list, and its first members.
for auth in "Basic", "Session":
    words = ["-r", url.removeprefix("https://"), "-u", user, "-p", password, "-A", auth, "-S", "Always", "raw", "GET"]

    def fetch(path):
        answer = run(f"{venv}/bin/redfishtool", *words, path)
        if answer.returncode:
            bad.append(f"{personality}: redfishtool ({auth}): {answer.stderr[-300:]}")
            return {}
        return json.loads(answer.stdout[answer.stdout.find("{"):])

    links = [link["@odata.id"] for link in fetch(inventory).get("Members", [])]
    if links != [member["@odata.id"] for member in members]:
        bad.append(f"{personality}: redfishtool ({auth}) lists {links}")
    for member in members[:3]:
        if fetch(member["@odata.id"]).get("Version") != member.get("Version"):
            bad.append(f"{personality}: redfishtool ({auth}) reads {member['@odata.id']} otherwise")

# OpenStack's sushy.
warnings.simplefilter("ignore")
import sushy
try:
    root = sushy.Sushy(url + "/redfish/v1", username=user, password=password, verify=False)
    found = root.get_update_service().firmware_inventory.get_members()
    judge("sushy", sorted(str(one.version) for one in found))
except sushy.exceptions.MissingAttributeError as error:
    # Stock bmcweb's UpdateService has no Actions, and sushy (5.14) takes no such service: so it must be here.
    if personality not in ("openbmc", "openbmc-old", "chassis", "megarac") or "Actions" not in str(error):
        bad.append(f"{personality}: sushy: {error}")
else:
    if personality in ("openbmc", "openbmc-old", "chassis", "megarac"):
        bad.append(f"{personality}: sushy reads an UpdateService without Actions now: drop the exception")

# HPE's ilorest, on HPE only: login by the resource directory, then what iLO itself expands.
if personality.startswith("ilo"):
    with tempfile.TemporaryDirectory() as cache:
        words = [f"{venv}-ilorest/bin/ilorest", "--nologo", "--nodefaultlog", "--cache-dir", cache]
        login = run(*words, "login", url.removeprefix("https://"), "-u", user, "-p", password)
        listed = run(*words, "serverinfo", "--firmware")
        judge("ilorest", sorted(line.split(" : ", 1)[1].strip() for line in listed.stdout.splitlines() if " : " in line))
        if login.returncode or listed.returncode:
            bad.append(f"{personality}: ilorest: {login.stdout[-200:]}{login.stderr[-200:]}{listed.stderr[-200:]}")
        run(*words, "logout")

print(f"{personality:8} {len(versions):2} firmware members, {'all clients agree' if not bad else 'FAILED'}")
print("\n".join(bad), end="\n" if bad else "")
sys.exit(1 if bad else 0)
PY
done <"$WORK/bmcs"
exit "$bad"
