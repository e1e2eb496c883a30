package dev.hacp.leader.members;

import dev.hacp.core.NodeName;

/// One member's time as owner.
///
/// @param term the Lease's transitions when it became the owner, or what they will be when it can write them
public record Ownership(NodeName owner, long term) {

    @Override
    public String toString() {
        return owner + "/" + term;
    }
}
