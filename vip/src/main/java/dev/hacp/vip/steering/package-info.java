/// Steering of VIP:port to the balancer's own listener by an `sk_lookup` eBPF program (kernel >= 5.9), so that an API
/// server on the wildcard address at the same port stays untouched. No NAT, no conntrack; the link dies with the process.
@NullMarked
package dev.hacp.vip.steering;

import org.jspecify.annotations.NullMarked;
