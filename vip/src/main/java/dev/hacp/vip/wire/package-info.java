/// Ethernet frames in and out of the VIP's interface through libpcap (pcap4j); survives the interface disappearing and
/// coming back.
@NullMarked
package dev.hacp.vip.wire;

import org.jspecify.annotations.NullMarked;
