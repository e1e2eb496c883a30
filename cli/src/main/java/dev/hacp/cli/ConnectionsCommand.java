package dev.hacp.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.hacp.agent.control.ControlClient.Connections;
import dev.hacp.cli.console.Table;
import dev.hacp.core.ConfigurationException;
import dev.hacp.core.Durations;
import dev.hacp.lb.table.ConnectionRow.Order;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/// `hacp connections`: who is connected through this node, and to which backend.
final class ConnectionsCommand {

    private static final String TOP = "--top";
    private static final String BY = "--by";
    private static final int MOST = 100_000;
    private static final List<String> ORDERS = Arrays.stream(Order.values()).map(ConnectionsCommand::word).toList();

    private ConnectionsCommand() {}

    static CommandLine create(Terminal terminal) {
        CommandSpec spec = Usage.command(result -> run(terminal, result), "connections", "connections [OPTION...]",
                "List the client connections that this node's balancer carries.",
                List.of("Asks the agent of this node; clients of the VIP are on the node that owns it."),
                List.of("the busiest", "hacp connections", "the ten silent for longest",
                        "hacp connections --top 10 --by idle", "clients per backend",
                        "hacp connections --top 100000 -o json | jq -r '.[].backend' | sort | uniq -c"));
        spec.addOption(OptionSpec.builder(TOP).paramLabel("N").type(String.class).arity("1").defaultValue("20")
                .description("How many to show. [default: 20]").build());
        spec.addOption(OptionSpec.builder(BY).paramLabel("ORDER").type(String.class).arity("1").defaultValue("bytes")
                .completionCandidates(ORDERS)
                .description("Most bytes, oldest (age) or longest silent (idle) first. [default: bytes]").build());
        ControlCommands.addOutput(spec);
        return ControlCommands.finish(spec);
    }

    private static int run(Terminal terminal, ParseResult result) {
        List<String> problems = new ArrayList<>();
        String top = result.matchedOptionValue(TOP, "20");
        if (!top.matches("\\d{1,6}") || Integer.parseInt(top) < 1 || Integer.parseInt(top) > MOST) {
            problems.add("top: " + top + " (expected: a number from 1 to " + MOST + ") from " + TOP);
        }
        String by = result.matchedOptionValue(BY, "bytes");
        if (!ORDERS.contains(by)) {
            problems.add("by: " + by + " (expected: " + String.join(", ", ORDERS) + ") from " + BY);
        }
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
        boolean json = ControlCommands.json(result);
        return ControlCommands.ask(terminal, result, agent -> {
            Connections found = agent.connections(Integer.parseInt(top), Order.valueOf(by.toUpperCase(Locale.ROOT)));
            if (json) {
                ArrayNode list = new ObjectMapper().createArrayNode();
                found.rows().forEach(list::add);
                terminal.out().println(list.toPrettyString());
            } else {
                terminal.out().print(TABLE.render(found.rows()));
                terminal.out().println(found.rows().size() == found.all()
                        ? found.all() + (found.all() == 1 ? " connection" : " connections")
                        : found.rows().size() + " of " + found.all() + " connections; --top shows more");
            }
        });
    }

    private static final Table<JsonNode> TABLE = new Table<JsonNode>()
            .column("CLIENT", row -> row.path("client").asText())
            .column("DIALLED", row -> row.path("frontend").asText())
            .column("BACKEND", row -> row.path("backend").asText("-"))
            .column("FROM CLIENT", bytes("bytesFromClient")).column("TO CLIENT", bytes("bytesToClient"))
            .column("AGE", time("ageMs")).column("IDLE", time("idleMs"));

    private static Function<JsonNode, String> bytes(String key) {
        return row -> size(row.path(key).asLong());
    }

    /// `312 B`, `4.1 MiB`
    private static String size(long bytes) {
        if (bytes < 1024) {
            return bytes + " B";
        }
        double value = bytes;
        int unit = -1;
        while (value >= 1024 && unit < 4) {
            value /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, "%.1f %siB", value, "KMGTP".charAt(unit));
    }

    private static Function<JsonNode, String> time(String key) {
        return row -> Durations.brief(Duration.ofMillis(row.path(key).asLong()));
    }

    private static String word(Order order) {
        return order.name().toLowerCase(Locale.ROOT);
    }
}
