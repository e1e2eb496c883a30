package dev.hacp.cli;

/// A command could not do its work; the message says why and what to do, and the exit code is 1.
final class CommandFailure extends RuntimeException {

    private static final long serialVersionUID = 1L;

    CommandFailure(String message) {
        super(message);
    }
}
