package dev.hacp.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hacp.agent.config.ConfigReader;
import dev.hacp.agent.config.Option.Scope;
import dev.hacp.agent.config.Options;
import dev.hacp.agent.status.StatusClient;
import dev.hacp.cli.console.StatusView;
import dev.hacp.core.ConfigurationException;
import dev.hacp.core.Durations;
import dev.hacp.core.HostPort;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/// `hacp status`: the whole picture on one screen.
final class StatusCommand {

    private static final String OUTPUT = "--output";
    private static final String WATCH = "--watch";
    private static final String HOME_AND_CLEAR = "\u001b[H\u001b[2J";

    private StatusCommand() {}

    static CommandLine create(Terminal terminal) {
        CommandSpec spec = Usage.command(result -> run(terminal, result), "status", "status [OPTION...]",
                "Show who owns the VIP, the members, the backends and the last moves.",
                List.of("Asks the agent on this node (or the one at --admin-address). The exit code is 1 when no agent "
                        + "answers."),
                List.of("one look", "hacp status", "live, until Ctrl-C", "hacp status --watch",
                        "for a script: which node owns the VIP", "hacp status -o json | jq -r .leader"));
        spec.addOption(OptionSpec.builder("-o", OUTPUT).paramLabel("FORMAT").type(String.class).arity("1")
                .defaultValue("text").description("text or json. [default: text]").build());
        spec.addOption(OptionSpec.builder("-w", WATCH).paramLabel("DURATION").type(String.class).arity("0..1")
                .fallbackValue("1s").description("Refresh at this interval. [default with the flag: 1s]").build());
        ConfigFlags.addTo(spec, Scope.RUN, List.of(Options.ADMIN_ADDRESS));
        CommandLine line = new CommandLine(spec);
        Usage.groupOptions(line, Scope.RUN);
        return line;
    }

    private static int run(Terminal terminal, ParseResult result) throws InterruptedException {
        Optional<HostPort> address = ConfigReader.only(Options.ADMIN_ADDRESS,
                ConfigFlags.read(result, result.commandSpec()), terminal.surroundings());
        String format = result.matchedOptionValue(OUTPUT, "text");
        if (!format.equals("text") && !format.equals("json")) {
            throw new ConfigurationException(List.of("output: " + format + " (expected: text or json) from " + OUTPUT));
        }
        Duration interval = interval(result);
        StatusClient client = new StatusClient(address.orElseThrow(
                () -> new CommandFailure("the agent serves no status: admin-address is none")));
        if (!result.hasMatchedOption(WATCH)) {
            terminal.out().print(show(terminal, client, format));
            return Exit.OK;
        }
        // Ends with the process: Ctrl-C.
        while (!terminal.out().checkError()) {
            String screen;
            try {
                screen = show(terminal, client, format);
            } catch (CommandFailure e) {
                screen = e.getMessage() + "\n";
            }
            boolean json = format.equals("json");
            terminal.out().print((terminal.colours() && !json ? HOME_AND_CLEAR : "")
                    + (json ? "" : Instant.now().truncatedTo(ChronoUnit.SECONDS) + "  " + client.url() + "\n\n")
                    + screen
                    + (json ? "" : "\n"));
            Thread.sleep(interval);
        }
        return Exit.OK;
    }

    private static Duration interval(ParseResult result) {
        String text = result.matchedOptionValue(WATCH, "1s");
        try {
            Duration interval = Durations.parse(text);
            if (interval.compareTo(Duration.ofMillis(100)) >= 0) {
                return interval;
            }
        } catch (IllegalArgumentException e) {
            // Told below like one that is too short.
        }
        throw new ConfigurationException(
                List.of("watch: " + text + " (expected: a duration of at least 100ms) from " + WATCH));
    }

    private static String show(Terminal terminal, StatusClient client, String format) {
        try {
            JsonNode status = client.read();
            return format.equals("json") ? status + "\n" : new StatusView(terminal.colours()).render(status);
        } catch (IOException e) {
            throw new CommandFailure("no agent at " + client.url() + " (" + e.getMessage()
                    + "): is 'hacp run' active there? --admin-address says where to ask");
        }
    }
}
