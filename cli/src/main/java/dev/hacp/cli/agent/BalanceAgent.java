package dev.hacp.cli.agent;

import dev.hacp.cli.config.BalanceConfig;
import org.slf4j.LoggerFactory;

/// What `hacp balance` starts.
public final class BalanceAgent {

    private BalanceAgent() {}

    /// Runs until it is told to stop.
    ///
    /// @return the exit code
    public static int run(BalanceConfig config) {
        LoggerFactory.getLogger("hacp").error("the balancer is not assembled in this build: {}", config);
        return 1;
    }
}
