package dev.hacp.cli;

/// The exit codes of every command.
final class Exit {

    static final int OK = 0;
    static final int FAILURE = 1;
    static final int USAGE = 2;

    private Exit() {}
}
