/// Foreign claims on the VIP: decoding what others say in ARP and NDP, and how often we may defend (RFC 5227).
///
/// The decoder is fed by the network: it never throws and never allocates, whatever the frame.
@NullMarked
package dev.hacp.vip.conflict;

import org.jspecify.annotations.NullMarked;
