package dev.hacp.lb.relay;

import dev.hacp.core.ConfigurationException;
import dev.hacp.core.Durations;
import dev.hacp.lb.frontend.KeepAlive;
import dev.hacp.lb.proxyprotocol.ProxyProtocol;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// How connections are made and carried.
///
/// @param connectTimeout of one attempt
/// @param attempts       how many backends are tried for a client before it is reset
/// @param accessLog      a line per connection, logger `hacp.access`
/// @param splice         move bulk inside the kernel
/// @param halfClosed     how long the other side of a connection may stay silent after one side has ended its direction
public record RelayConfig(Duration connectTimeout, int attempts, KeepAlive keepAlive, ProxyProtocol proxyProtocol,
        boolean accessLog, boolean splice, Duration halfClosed) {

    public static final RelayConfig DEFAULT = new RelayConfig(Duration.ofSeconds(1), 3, KeepAlive.DEFAULT,
            ProxyProtocol.NONE, false, true, Duration.ofSeconds(30));

    /// @throws ConfigurationException with every problem at once
    public RelayConfig {
        List<String> problems = new ArrayList<>();
        if (connectTimeout.toMillis() < 1 || connectTimeout.compareTo(Duration.ofMinutes(1)) > 0) {
            problems.add("connect-timeout: " + Durations.format(connectTimeout) + " (expected: 1ms to 1m)");
        }
        if (attempts < 1 || attempts > 16) {
            problems.add("connect-attempts: " + attempts + " (expected: 1 to 16)");
        }
        if (halfClosed.toSeconds() < 1 || halfClosed.compareTo(Duration.ofHours(24)) > 0) {
            problems.add("half-closed-timeout: " + Durations.format(halfClosed) + " (expected: 1s to 24h)");
        }
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
    }

    public RelayConfig withProxyProtocol(ProxyProtocol value) {
        return new RelayConfig(connectTimeout, attempts, keepAlive, value, accessLog, splice, halfClosed);
    }

    public RelayConfig withAccessLog(boolean value) {
        return new RelayConfig(connectTimeout, attempts, keepAlive, proxyProtocol, value, splice, halfClosed);
    }

    public RelayConfig withConnectTimeout(Duration value) {
        return new RelayConfig(value, attempts, keepAlive, proxyProtocol, accessLog, splice, halfClosed);
    }

    public RelayConfig withSplice(boolean value) {
        return new RelayConfig(connectTimeout, attempts, keepAlive, proxyProtocol, accessLog, value, halfClosed);
    }

    public RelayConfig withHalfClosed(Duration value) {
        return new RelayConfig(connectTimeout, attempts, keepAlive, proxyProtocol, accessLog, splice, value);
    }
}
