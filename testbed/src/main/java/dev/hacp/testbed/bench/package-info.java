/// Failover measured from a client's side, hacp beside its peers: the same LAN, the same API servers, the same probe.
@NullMarked
package dev.hacp.testbed.bench;

import org.jspecify.annotations.NullMarked;
