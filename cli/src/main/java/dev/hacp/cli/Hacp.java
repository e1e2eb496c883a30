package dev.hacp.cli;

import dev.hacp.agent.Version;

/// The command line's entry under Java 25.
public final class Hacp {

    private Hacp() {}

    public static void main(String[] args) {
        if (args.length == 1 && (args[0].equals("version") || args[0].equals("--version") || args[0].equals("-V"))) {
            // Answered before picocli is loaded: scripts ask often, and it takes a tenth of a second.
            System.out.println(Version.line());
            return;
        }
        Terminal terminal = Terminal.ofThisProcess();
        int code = new CommandLineRunner(terminal).run(args);
        terminal.flush();
        System.exit(code);
    }
}
