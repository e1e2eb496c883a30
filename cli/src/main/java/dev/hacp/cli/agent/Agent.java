package dev.hacp.cli.agent;

import dev.hacp.cli.config.AgentConfig;
import org.slf4j.LoggerFactory;

/// What `hacp run` starts.
public final class Agent {

    private Agent() {}

    /// Runs until it is told to stop.
    ///
    /// @return the exit code
    public static int run(AgentConfig config) {
        LoggerFactory.getLogger("hacp").error("the agent is not assembled in this build: {}", config);
        return 1;
    }
}
