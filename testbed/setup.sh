# What bin/test and bin/demo set up on a fresh machine; sourced by them.

# Debian's names. A JDK 25 is not among Debian 12's packages: see require_jdk.
BUILD_PACKAGES=(maven)
# ip, bridge, kill, ping, setpriv, nft, tcpdump and tshark are called by the tests, runc, podman and python3 by those of the
# image; libpcap is hacp's own only need.
TEST_PACKAGES=(libpcap0.8 iproute2 procps iputils-ping util-linux nftables tcpdump tshark etcd-server runc podman catatonit python3
    prometheus chromium)
DEMO_PACKAGES=(libpcap0.8 iproute2 procps iputils-ping etcd-server)

say() {
    echo "== $*"
}

# Prints the home of a JDK 25 or newer.
find_jdk() {
    local home release
    for home in "${JAVA_HOME:-}" /usr/lib/jvm/* /opt/*jdk* /opt/java/* "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/*; do
        [ -x "$home/bin/javac" ] || continue
        release=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release" 2> /dev/null)
        if [ "${release:-0}" -ge 25 ]; then
            echo "$home"
            return 0
        fi
    done
    return 1
}

# Ends with one sentence when no JDK 25 is there; Maven finds it by itself and may run under an older Java.
require_jdk() {
    if ! find_jdk > /dev/null; then
        echo "no JDK 25 or newer on this machine: install one, such as Eclipse Temurin 25 (adoptium.net), below" \
            "/usr/lib/jvm or name it with JAVA_HOME, and run this again" >&2
        exit 1
    fi
}

# Installs those of the given packages that are missing.
install_packages() {
    local missing=() name
    for name in "$@"; do
        dpkg-query -W -f='${Status}' "$name" 2> /dev/null | grep -q '^install ok' || missing+=("$name")
    done
    [ ${#missing[@]} -eq 0 ] && return
    if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
        say "not installed, so some tests are skipped (as root on Debian this script installs them): ${missing[*]}"
        return
    fi
    say "installing ${missing[*]}"
    # No service starts: etcd would listen on this machine.
    local policy=/usr/sbin/policy-rc.d made=
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' > "$policy"
        chmod +x "$policy"
        made=$policy
    fi
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -y -qq --no-install-recommends install "${missing[@]}") code=0
    "${apt[@]}" > /dev/null || { apt-get -qq update && "${apt[@]}" > /dev/null; } || code=$?
    [ -z "$made" ] || rm -f "$made"
    return "$code"
}
