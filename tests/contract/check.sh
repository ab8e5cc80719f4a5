#!/bin/sh
# Runs public clients, unchanged, against the sandbox: an independent reading of the two APIs.
# Run by hand: it needs Python 3.10 or newer, openssl, and the Python package index.
#
#     cargo build --locked && tests/contract/check.sh [a folder for the clients, kept]
#
# The clients call their real hosts. A proxy on loopback terminates TLS with a CA made for this run, and forwards to
# the sandbox: nothing leaves this machine except the installation.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
hireline=${HIRELINE:-$root/target/debug/hireline}
work=$(mktemp -d)
clients=${1:-$work/clients}
sandbox=
proxy=
end() {
    [ -z "$proxy" ] || kill "$proxy" 2>/dev/null || true
    [ -z "$sandbox" ] || kill "$sandbox" 2>/dev/null || true
    rm -rf "$work"
}
trap end EXIT INT TERM

[ -x "$clients/bin/python" ] || python3 -m venv "$clients"
"$clients/bin/pip" install --quiet --requirement "$here/requirements.txt"

"$hireline" sandbox "$root/pipelines/demo" --json > "$work/addresses.json" 2> /dev/null &
sandbox=$!
"$clients/bin/python" "$here/proxy.py" "$work" &
proxy=$!
for _ in $(seq 100); do
    [ -s "$work/proxy" ] && break
    sleep 0.1
done
HTTPS_PROXY=$(cat "$work/proxy")
export HTTPS_PROXY https_proxy="$HTTPS_PROXY" SSL_CERT_FILE="$work/ca.pem" REQUESTS_CA_BUNDLE="$work/ca.pem" NO_PROXY= no_proxy=
"$clients/bin/python" "$here/greenhouse.py" "$work/addresses.json"
"$clients/bin/python" "$here/hrflow_sdk.py" "$work/addresses.json"
echo "all as expected"
