package dev.hacp.leader.channel;

/// Why a connection to the member port was reset before any TLS.
public enum Rejection {
    /// Too many connections of this address have not authenticated yet.
    SOURCE,
    /// So have too many of all addresses where no member is, or they came too fast.
    STRANGERS,
    /// A member's address, but too many connections of it have not authenticated yet, or they came too fast.
    MEMBER
}
