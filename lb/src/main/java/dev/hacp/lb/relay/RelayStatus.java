package dev.hacp.lb.relay;

import dev.hacp.core.VirtualIp;
import java.util.Map;

/// The relay at one moment.
///
/// @param connections    now
/// @param total          since the start
/// @param faults         errors of our own that cost a connection; always 0, or please report it
/// @param endings        since the start
/// @param loopDelayNanos how late each event loop's last one-second timer was, by the loop's number
/// @param traffic        of all connections
/// @param vips           of those to a VIP, if there ever was one
public record RelayStatus(int connections, long total, long faults, Map<Ending, Long> endings,
        Map<String, Long> loopDelayNanos, Traffic traffic, Map<VirtualIp, Traffic> vips) {

    public RelayStatus {
        endings = Map.copyOf(endings);
        loopDelayNanos = Map.copyOf(loopDelayNanos);
        vips = Map.copyOf(vips);
    }
}
