#!/usr/bin/env bash
# Installs what the tests start and what is missing: redis-server, prometheus (with promtool), chromium, yamllint, shellcheck, python3 with
# numpy (apt-get, Debian), and Azurite, the emulator of Azure Blob storage (npm, into artifacts/servers at the versions of eng/servers).
# Quiet, quick when all is there, and safe to repeat. No service is left running: tests start their own on free loopback ports.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { echo "install-test-servers.sh: $*" >&2; }

packages=()
command -v redis-server >/dev/null || packages+=(redis-server)
command -v promtool >/dev/null || packages+=(prometheus)
command -v chromium >/dev/null || packages+=(chromium)
command -v yamllint >/dev/null || packages+=(yamllint)
command -v shellcheck >/dev/null || packages+=(shellcheck)
command -v python3 >/dev/null || packages+=(python3)
# apt's numpy is for Debian's own python3, which need not be the first on the PATH.
python3 -c 'import numpy' 2>/dev/null || /usr/bin/python3 -c 'import numpy' 2>/dev/null || packages+=(python3-numpy)
{ command -v node && command -v npm; } >/dev/null || packages+=(nodejs npm)

if [ ${#packages[@]} -gt 0 ]; then
    command -v apt-get >/dev/null || { say "missing: ${packages[*]}; install them by hand (there is no apt-get here)"; exit 1; }
    as_root=(); [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    # Debian starts a service as soon as its package is installed, unless this file forbids it.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        trap '"${as_root[@]}" rm -f "$policy"' EXIT
        printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
        "${as_root[@]}" chmod 755 "$policy"
    fi
    log=$(mktemp)
    if ! { "${as_root[@]}" apt-get update -qq && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"; } >"$log" 2>&1; then
        tail -n 20 "$log" >&2; rm -f "$log"
        say "apt-get could not install ${packages[*]}: install them by hand"
        exit 1
    fi
    rm -f "$log"
    # Nor at the next boot, where a service manager runs.
    for package in "${packages[@]}"; do
        case $package in redis-server | prometheus) if [ -d /run/systemd/system ]; then "${as_root[@]}" systemctl disable --quiet "$package"; fi ;; esac
    done
fi

servers=artifacts/servers
if ! cmp -s eng/servers/package-lock.json "$servers/installed-lock.json"; then
    rm -rf "$servers/node_modules" "$servers/installed-lock.json"
    mkdir -p "$servers"
    cp eng/servers/package.json eng/servers/package-lock.json "$servers/"
    if ! (cd "$servers" && npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error) >"$servers/npm.log" 2>&1; then
        tail -n 20 "$servers/npm.log" >&2
        say "npm could not install Azurite into $servers"
        exit 1
    fi
    cp eng/servers/package-lock.json "$servers/installed-lock.json"
fi
