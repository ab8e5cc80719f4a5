#!/bin/sh
# Public clients, unchanged, against the sandbox: what they ask, and what they make of the answers, is somebody else's reading of the two APIs.
# Run by hand: it needs Python 3.10 or newer, openssl, and the Python package index.
#
#     cargo build && tests/contract/check.sh [a folder for the clients, kept]
#
# The clients call their real hosts. A proxy on loopback ends the TLS with a CA of its own, made for this run, and leads to the sandbox: nothing
# leaves this machine but the installation.
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

for mode in "" "--as-clients-say"; do
    # shellcheck disable=SC2086  # the mode is one option, or none
    "$hireline" sandbox "$root/pipelines/demo" --json $mode > "$work/addresses.json" 2> /dev/null &
    sandbox=$!
    "$clients/bin/python" "$here/proxy.py" "$work" &
    proxy=$!
    for _ in $(seq 100); do
        [ -s "$work/proxy" ] && break
        sleep 0.1
    done
    echo "== the sandbox ${mode:-as the reference says}"
    HTTPS_PROXY=$(cat "$work/proxy")
    export HTTPS_PROXY https_proxy="$HTTPS_PROXY" SSL_CERT_FILE="$work/ca.pem" REQUESTS_CA_BUNDLE="$work/ca.pem" NO_PROXY= no_proxy=
    "$clients/bin/python" "$here/greenhouse.py" "$work/addresses.json"
    "$clients/bin/python" "$here/hrflow_sdk.py" "$work/addresses.json"
    unset HTTPS_PROXY https_proxy
    kill "$proxy" "$sandbox"
    wait "$proxy" "$sandbox" 2>/dev/null || true
    proxy= sandbox=
    rm -f "$work/proxy" "$work/addresses.json"
done
echo "all as expected"
