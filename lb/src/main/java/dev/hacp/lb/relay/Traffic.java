package dev.hacp.lb.relay;

/// Bytes since the start, without what a PROXY header takes.
///
/// @param received from clients
/// @param sent     to clients
public record Traffic(long received, long sent) {

    static final Traffic NONE = new Traffic(0, 0);

    Traffic plus(Traffic other) {
        return new Traffic(received + other.received, sent + other.sent);
    }
}
