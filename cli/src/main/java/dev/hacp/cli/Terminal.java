package dev.hacp.cli;

import dev.hacp.agent.config.Surroundings;
import java.io.Console;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/// Where a command prints and what it finds around it; a test gives its own.
///
/// @param colours whether escape sequences are welcome
record Terminal(PrintWriter out, PrintWriter err, boolean colours, Surroundings surroundings) {

    /// The process's own. Colours only when a person looks on and does not object (no-color.org).
    @SuppressWarnings("SystemConsoleNull") // Java 25 returns null again when there is no terminal (JDK-8351435)
    static Terminal ofThisProcess() {
        Surroundings surroundings = Surroundings.ofThisProcess();
        Console console = System.console();
        boolean colours = console != null && console.isTerminal()
                && surroundings.environment().getOrDefault("NO_COLOR", "").isEmpty()
                && !surroundings.environment().getOrDefault("TERM", "dumb").equals("dumb");
        // UTF-8 whatever the locale: a container has none.
        return new Terminal(new PrintWriter(System.out, true, StandardCharsets.UTF_8),
                new PrintWriter(System.err, true, StandardCharsets.UTF_8), colours, surroundings);
    }

    void flush() {
        out.flush();
        err.flush();
    }
}
