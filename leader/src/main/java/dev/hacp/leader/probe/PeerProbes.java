package dev.hacp.leader.probe;

import dev.hacp.leader.members.KernelState;
import java.time.Duration;

/// One member as its kernel shows itself, for status and metrics.
///
/// @param method    how it is asked at present
/// @param sent      probes that left this node, or found no way out of it
/// @param answered  of these, since the member was added
/// @param roundTrip of the newest answer, by our kernel's stamp; zero before the first
public record PeerProbes(KernelState state, Method method, long sent, long answered, Duration roundTrip) {

    /// What the member's kernel is asked.
    public enum Method {
        /// ICMP or ICMPv6 echo.
        ICMP("icmp"),
        /// A TCP SYN to the member's port; SYN-ACK and RST both count. Where echo is filtered.
        SYN("syn");

        private final String label;

        Method(String label) {
            this.label = label;
        }

        /// As metrics and status write it.
        @Override
        public String toString() {
            return label;
        }
    }
}
