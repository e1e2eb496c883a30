package dev.hacp.cli;

import picocli.CommandLine.ParseResult;

/// What a command does.
@FunctionalInterface
interface Action {

    /// A command that only has subcommands.
    Action NONE = result -> Exit.USAGE;

    /// @return the exit code
    int run(ParseResult result) throws Exception;
}
