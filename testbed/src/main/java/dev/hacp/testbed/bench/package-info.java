/// hacp beside its peers on the same LAN and the same API servers: failover measured from a client's side, and calm, that is
/// whether the VIP stays where it is under load, measured by the kernels' address events.
@NullMarked
package dev.hacp.testbed.bench;

import org.jspecify.annotations.NullMarked;
