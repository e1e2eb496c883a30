# Nodes n1 to n3 in network namespaces, each with an API server's port of its own, and a client, on one switch; sourced by cases.

for module in veth bridge sch_netem; do
    modprobe "$module"
done
ip netns add client
ip netns add switch
ip -n switch link add name br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0
ip -n switch link set dev br0 up
attach() {
    ip -n "$1" link set dev lo up
    ip -n switch link add name "p$1" type veth peer name lan0 netns "$1"
    ip -n switch link set dev "p$1" master br0 up
    ip netns exec "$1" sysctl -qw net.ipv6.conf.lan0.accept_dad=0
    ip -n "$1" link set dev lan0 up
    ip -n "$1" addr add "10.9.0.$2/24" dev lan0
    ip -n "$1" addr add "fd09::$2/64" dev lan0 nodad
}
attach client 9
number=0
for outside in eth0 eth3 eth4; do
    number=$((number + 1))
    ip netns add n$number
    attach n$number 1$number
    ip link set dev $outside netns n$number
    ip -n n$number link set dev $outside up
    ip -n n$number addr add 10.0.2.15/24 dev $outside
    # The node's own API server, on the wildcard address as kubeadm's.
    ip netns exec n$number socat -d -d TCP-LISTEN:6443,fork,reuseaddr TCP:10.0.2.2:6443 > /tmp/own-n$number.log 2>&1 &
done
start() {
    start_agent "$1" "$1" lan0 --vip 10.9.0.100 --vip fd09::100
}
holder() {
    local name
    for name in n1 n2 n3; do
        if ip -n $name -o addr show dev lan0 | grep -q '10\.9\.0\.100/'; then
            echo $name
        fi
    done
}
held() {
    [ -n "$(holder)" ]
}
served() {
    ip netns exec client curl -s -m 5 -k https://10.9.0.100:6443/readyz | grep -q '^ok'
}
report() {
    local name
    for name in n1 n2 n3; do
        if [ -e /tmp/$name.log ]; then
            echo "--- $name"
            tail -n "$1" /tmp/$name.log
        fi
    done
}
