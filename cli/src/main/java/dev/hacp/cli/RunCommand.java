package dev.hacp.cli;

import dev.hacp.agent.composition.Agent;
import dev.hacp.agent.config.AgentConfig;
import dev.hacp.agent.config.ConfigReader;
import dev.hacp.agent.config.Option.Scope;
import dev.hacp.agent.config.Options;
import dev.hacp.agent.log.Logging;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/// `hacp run`: the agent.
final class RunCommand {

    private RunCommand() {}

    static CommandLine create(Terminal terminal) {
        CommandSpec spec = Usage.command(result -> {
            AgentConfig config = ConfigReader.agent(ConfigFlags.read(result, result.commandSpec()),
                    terminal.surroundings());
            Logging.start(config.log(), System.out);
            return Agent.run(config);
        }, "run", "run --vip ADDR [OPTION...]", "Run the agent: elect, hold and announce the VIP, balance its clients.",
                List.of("Each option is also an environment variable (--renew-deadline is HACP_RENEW_DEADLINE; several "
                        + "values are separated by commas) and a key of the YAML file given by --config "
                        + "(renew-deadline: 10s). A flag beats a variable beats the file beats the default.", "",
                        "The agent waits for what is not there yet: API server, credentials, backends. SIGTERM hands "
                                + "the VIP over and ends it with exit code 0."),
                List.of("on each control-plane node of a kubeadm cluster", "hacp run --vip 10.0.0.10",
                        "a dual-stack pair on a named interface",
                        "hacp run --vip 10.0.0.10 --vip fd00::10 --interface eth1",
                        "fixed backends, settings from a file",
                        "hacp run --config /etc/hacp/hacp.yaml --backend 10.0.0.1:6443 --backend 10.0.0.2:6443"));
        ConfigFlags.addTo(spec, Scope.RUN, Options.of(Scope.RUN));
        CommandLine line = new CommandLine(spec);
        Usage.groupOptions(line, Scope.RUN);
        return line;
    }
}
