/// The frames that tell a LAN where the VIP lives: gratuitous ARP in both forms, unsolicited neighbour advertisements,
/// and the probes that ask whether somebody else has it. Pure functions and the schedule; no sockets.
@NullMarked
package dev.hacp.vip.announce;

import org.jspecify.annotations.NullMarked;
