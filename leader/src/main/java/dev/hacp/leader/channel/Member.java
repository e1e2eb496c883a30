package dev.hacp.leader.channel;

import dev.hacp.core.HostPort;
import dev.hacp.core.NodeName;

/// One agent as its member Lease describes it.
///
/// @param address     where its peers reach it
/// @param fingerprint SHA-256 of the certificate it shows, lower-case hex
/// @param difference  how its settings differ from this agent's
/// @param counts      false when its Lease has grown old: it may connect, and counts again once it does
public record Member(NodeName node, HostPort address, String fingerprint, Difference difference, boolean counts) {

    public Member(NodeName node, HostPort address, String fingerprint, Difference difference) {
        this(node, address, fingerprint, difference, true);
    }

    public Member(NodeName node, HostPort address, String fingerprint) {
        this(node, address, fingerprint, Difference.NONE);
    }
}
