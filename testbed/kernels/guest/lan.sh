# One node with its interface eth1, and a client on the other end of the cable; sourced by cases that run systemd.

hostname guest
ip netns add client
ip link set dev eth2 netns client
ip -n client link set dev lo up
ip netns exec client sysctl -qw net.ipv6.conf.eth2.accept_dad=0 net.ipv6.conf.eth2.accept_ra=0
ip -n client link set dev eth2 up
ip -n client addr add 10.9.0.9/24 dev eth2
ip -n client addr add fd09::9/64 dev eth2 nodad
# To the API server.
ip link set dev eth0 up
ip addr add 10.0.2.15/24 dev eth0

has_address() {
    ip -o addr show dev eth1 | grep -q '10\.9\.0\.11/'
}
holds() {
    [ "$(ip -o addr show dev eth1 | grep -cE '10\.9\.0\.100/|fd09::100/')" = 2 ]
}
# The machine below pulls the cable.
cable_out_and_in() {
    echo "@host set_link nic-lan1 off" > /dev/console
    sleep 0.5
    echo "@host set_link nic-lan1 on" > /dev/console
}
