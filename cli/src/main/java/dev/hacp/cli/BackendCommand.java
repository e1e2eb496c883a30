package dev.hacp.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.hacp.cli.console.Table;
import dev.hacp.core.ConfigurationException;
import dev.hacp.core.HostPort;
import dev.hacp.lb.backend.AdminState;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/// `hacp backend …`: what an operator orders for one API server.
final class BackendCommand {

    private static final String SCOPE = "An order holds for the agent of this node, until the next order or its restart.";

    private BackendCommand() {}

    static CommandLine create(Terminal terminal) {
        CommandLine line = new CommandLine(Usage.command(Action.NONE, "backend", "backend COMMAND [OPTION...]",
                "List the API servers that this node balances over, or take one out and back in.",
                List.of(SCOPE + " Clients of the VIP are on the node that owns it."),
                List.of("which are there", "hacp backend ls", "before an API server is upgraded",
                        "hacp backend drain 10.0.0.1:6443", "afterwards", "hacp backend ready 10.0.0.1:6443")));
        line.addSubcommand("ls", list(terminal));
        line.addSubcommand("drain", order(terminal, AdminState.DRAIN,
                "No new connections for one API server; its existing ones continue."));
        line.addSubcommand("maint", order(terminal, AdminState.MAINT,
                "No connections at all for one API server; its clients are reset and reconnect to another."));
        line.addSubcommand("ready", order(terminal, AdminState.READY,
                "End drain or maint: health checks decide again."));
        return line;
    }

    private static CommandLine list(Terminal terminal) {
        CommandSpec spec = Usage.command(result -> {
            boolean json = ControlCommands.json(result);
            return ControlCommands.ask(terminal, result, agent -> {
                List<JsonNode> backends = agent.backends();
                if (json) {
                    ArrayNode all = new ObjectMapper().createArrayNode();
                    backends.forEach(all::add);
                    terminal.out().println(all.toPrettyString());
                } else {
                    terminal.out().print(TABLE.render(backends));
                }
            });
        }, "ls", "backend ls [OPTION...]", "List the API servers with state and connections.", List.of(),
                List.of("all", "hacp backend ls", "those that take no new connections",
                        "hacp backend ls -o json | jq -r '.[] | select(.state != \"up\") | .address'"));
        ControlCommands.addOutput(spec);
        return ControlCommands.finish(spec);
    }

    private static CommandLine order(Terminal terminal, AdminState state, String header) {
        String name = state.name().toLowerCase(Locale.ROOT);
        CommandSpec spec = Usage.command(result -> {
            HostPort backend = address(result);
            return ControlCommands.ask(terminal, result,
                    agent -> terminal.out().print(TABLE.render(List.of(agent.order(backend, state)))));
        }, name, "backend " + name + " HOST:PORT [OPTION...]", header, List.of(SCOPE),
                List.of("as 'hacp backend ls' names it", "hacp backend " + name + " 10.0.0.1:6443"));
        spec.addPositional(PositionalParamSpec.builder().paramLabel("HOST:PORT").type(String.class).index("0")
                .arity("0..1").description("The API server.").build());
        return ControlCommands.finish(spec);
    }

    private static HostPort address(ParseResult result) {
        String text = result.matchedPositionalValue(0, "");
        try {
            return HostPort.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException(List.of("HOST:PORT: " + (text.isEmpty()
                    ? "none given (expected: an API server as 'hacp backend ls' names it)"
                    : String.valueOf(e.getMessage()))));
        }
    }

    private static final Table<JsonNode> TABLE = new Table<JsonNode>()
            .column("ADDRESS", row -> row.path("address").asText()).column("STATE", row -> row.path("state").asText())
            .column("ORDER", row -> row.path("admin").asText())
            .column("CONNECTIONS", row -> row.path("connections").asText())
            .column("SINCE START", row -> row.path("total").asText())
            .column("REASON", row -> row.path("reason").asText());
}
