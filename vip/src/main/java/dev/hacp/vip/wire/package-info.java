/// Ethernet frames in and out of the VIP's interface through libpcap (pcap4j); survives that the interface comes and goes.
@NullMarked
package dev.hacp.vip.wire;

import org.jspecify.annotations.NullMarked;
