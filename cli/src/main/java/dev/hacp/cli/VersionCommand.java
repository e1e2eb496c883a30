package dev.hacp.cli;

import dev.hacp.agent.Version;
import java.util.List;
import picocli.CommandLine;

/// `hacp version`: also answered in [Hacp] before this is loaded.
final class VersionCommand {

    private VersionCommand() {}

    static CommandLine create(Terminal terminal) {
        return new CommandLine(Usage.command(result -> {
            terminal.out().println(Version.line());
            return Exit.OK;
        }, "version", "version", "Print the version of hacp, of Java and of the system.", List.of(),
                List.of("which version is this", "hacp version")));
    }
}
