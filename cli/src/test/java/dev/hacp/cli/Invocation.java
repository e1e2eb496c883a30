package dev.hacp.cli;

import dev.hacp.agent.config.Surroundings;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;

/// One command line, run in this JVM.
public record Invocation(int code, String out, String err) {

    public static Invocation of(String... args) {
        return in(Map.of(), args);
    }

    public static Invocation in(Map<String, String> environment, String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        Terminal terminal = new Terminal(new PrintWriter(out), new PrintWriter(err), false,
                new Surroundings(environment, "cp1"));
        int code = new CommandLineRunner(terminal).run(args);
        terminal.flush();
        return new Invocation(code, out.toString(), err.toString());
    }
}
