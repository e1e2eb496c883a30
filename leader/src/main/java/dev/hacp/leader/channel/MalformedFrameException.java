package dev.hacp.leader.channel;

/// A peer sent what this version cannot read: the connection is closed.
final class MalformedFrameException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    MalformedFrameException(String message) {
        super(message);
    }
}
