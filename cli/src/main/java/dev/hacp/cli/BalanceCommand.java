package dev.hacp.cli;

import dev.hacp.agent.composition.BalanceAgent;
import dev.hacp.agent.config.BalanceConfig;
import dev.hacp.agent.config.ConfigReader;
import dev.hacp.agent.config.Option.Scope;
import dev.hacp.agent.config.Options;
import dev.hacp.agent.log.Logging;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/// `hacp balance`: the balancer alone.
final class BalanceCommand {

    private BalanceCommand() {}

    static CommandLine create(Terminal terminal) {
        CommandSpec spec = Usage.command(result -> {
            BalanceConfig config = ConfigReader.balance(ConfigFlags.read(result, result.commandSpec()),
                    terminal.surroundings());
            Logging.start(config.log(), System.out);
            return BalanceAgent.run(config);
        }, "balance", "balance --listen ADDR:PORT --backend HOST:PORT [OPTION...]",
                "Run the balancer alone, without VIP, election and Kubernetes credentials.",
                List.of("For worker nodes: a stable local address of the API servers. Each option is also an "
                        + "environment variable (--health-interval is HACP_HEALTH_INTERVAL) and a key of the YAML file "
                        + "given by --config. A flag beats a variable beats the file beats the default."),
                List.of("a local address for kubelet on a worker node",
                        "hacp balance --listen 127.0.0.1:7445 --backend 10.0.0.1:6443 --backend 10.0.0.2:6443"));
        ConfigFlags.addTo(spec, Scope.BALANCE, Options.of(Scope.BALANCE));
        CommandLine line = new CommandLine(spec);
        Usage.groupOptions(line, Scope.BALANCE);
        return line;
    }
}
