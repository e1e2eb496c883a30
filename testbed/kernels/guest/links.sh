# Kinds of link, each on a switch and in a subnet of its own; node, switch and client are network namespaces. Sourced by cases.

for module in veth bridge bonding 8021q macvlan ipvlan vrf dummy wireguard sch_netem; do
    modprobe "$module" || echo "@cell	$module	module	-	not in this kernel"
done
for name in node switch client; do
    ip netns add $name
    ip -n $name link set dev lo up
    for key in net.ipv6.conf.all.accept_ra net.ipv6.conf.default.accept_ra; do
        ip netns exec $name sysctl -qw $key=0
    done
done
on() {
    ip netns exec "$@"
}
# Several interfaces on one machine: as docs/operations.md asks for.
on node sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2
for name in switch client; do
    on $name sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
done

# port K NAME: node's interface NAME on switch K
port() {
    ip -n switch link add name "p$2" type veth peer name "$2" netns node
    ip -n switch link set dev "p$2" master "b$1" up
}
# lan K PORT...: switch K with the client and these ports of the node
lan() {
    local k=$1 name
    shift
    ip -n switch link add name "b$k" type bridge stp_state 0 forward_delay 0 mcast_snooping 0
    ip -n switch link set dev "b$k" up
    ip -n switch link add name "pc$k" type veth peer name "c$k" netns client
    ip -n switch link set dev "pc$k" master "b$k" up
    ip -n client link set dev "c$k" up
    for name in "$@"; do
        port "$k" "$name"
    done
}
# address NAMESPACE INTERFACE K LAST
address() {
    ip -n "$1" link set dev "$2" up
    ip -n "$1" addr add "10.80.$3.$4/24" dev "$2"
    ip -n "$1" addr add "fd80:$3::$4/64" dev "$2" nodad
}
node() {
    ip -n node "$@"
}
bond() {
    local name=$1
    shift
    node link add name "$name" type bond miimon 50 "$@"
}
enslave() {
    local master=$1 name
    shift
    for name in "$@"; do
        node link set dev "$name" down
        node link set dev "$name" master "$master"
        node link set dev "$name" up
    done
}

LOG=/tmp/keepers
touch $LOG
# hold INTERFACE=VIP,VIP...: the address keeper on all of these at once; returns when each has its VIPs or has refused them
hold() {
    KINDS=$#
    on node java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx256m --enable-native-access=ALL-UNNAMED \
        -Dlogback.configurationFile=/hacp/guest/logback.xml \
        -cp "/hacp/vip/test-classes:/hacp/vip/classes:$(echo /hacp/vip/lib/* | tr ' ' ':')" \
        dev.hacp.vip.address.KeepersProcess "$@" > $LOG 2>&1 &
    settled() {
        [ "$(grep -cE '^@(held|refused)' $LOG)" -ge $KINDS ]
    }
    until_true 120 "each keeper has taken its VIP or refused it" settled
    cat $LOG
    grep '^@refused' $LOG | sed 's/^@refused //' | while read -r line; do
        cell "${line%%:*}" "take the VIP" - "${line#*: }"
    done
    echo "@time all held at $(now)"
}

# kind K INTERFACE: from here on the probe asks for this one; held for longer than the fence of 3 s
kind() {
    K=$1 LINK=$2
    if ! grep -q "^@held $LINK$" $LOG; then
        return 1
    fi
    start_probe client "10.80.$1.100" "fd80:$1::100" 6443 || return 1
    during $LOG "$LINK" "held for twice the fence" 6 true
}
event() {
    local what=$1 seconds=$2
    shift 2
    during $LOG "$LINK" "$what" "$seconds" "$@"
}
# A cable that is out for 300 ms.
bounce_carrier() {
    ip -n switch link set dev "p$1" down
    sleep 0.3
    ip -n switch link set dev "p$1" up
}
bounce() {
    node link set dev "$1" down
    node link set dev "$1" up
}
impair() {
    ip netns exec switch tc qdisc add dev "p$1" root netem delay 10ms 5ms loss 2% duplicate 5%
}
unimpair() {
    ip netns exec switch tc qdisc del dev "p$1" root
}

# Of the log, what is about this link.
said() {
    sed -n "s/^@said $LINK: //p" | awk '{key = $0; sub(/ \{.*/, "", key)} !seen[key]++' | head -4
}
