package dev.hacp.cli;

import java.util.List;
import picocli.CommandLine;

/// `hacp man`: the manual page.
final class ManCommand {

    private ManCommand() {}

    static CommandLine create(Terminal terminal) {
        return new CommandLine(Usage.command(result -> {
            terminal.out().print(ManPage.of(Commands.tree(terminal)));
            return Exit.OK;
        }, "man", "man", "Print the manual page.", List.of(),
                List.of("read it", "hacp man | man -l -", "install it",
                        "hacp man > /usr/local/share/man/man8/hacp.8")));
    }
}
