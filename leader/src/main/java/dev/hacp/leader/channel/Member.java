package dev.hacp.leader.channel;

import dev.hacp.core.HostPort;
import dev.hacp.core.NodeName;

/// One agent as its member Lease describes it.
///
/// @param address     where its peers reach it
/// @param fingerprint SHA-256 of the certificate it shows, lower-case hex
/// @param difference  how its settings differ from this agent's
public record Member(NodeName node, HostPort address, String fingerprint, Difference difference) {

    public Member(NodeName node, HostPort address, String fingerprint) {
        this(node, address, fingerprint, Difference.NONE);
    }
}
