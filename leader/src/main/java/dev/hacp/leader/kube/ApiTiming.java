package dev.hacp.leader.kube;

import java.time.Duration;

/// How long an API server may take.
///
/// @param connect      for TCP and TLS
/// @param read         for the whole of one read at one API server, connecting included
/// @param write        likewise for a write: longer, because a slow etcd must not make renewals fail that would succeed
/// @param hedge        after this much silence the next API server is asked as well
/// @param leastBackoff how long an API server that failed is asked last; doubles with each further failure
/// @param mostBackoff  where the doubling ends
public record ApiTiming(Duration connect, Duration read, Duration write, Duration hedge, Duration leastBackoff,
        Duration mostBackoff) {

    public static final ApiTiming DEFAULT = new ApiTiming(Duration.ofMillis(1500), Duration.ofSeconds(2),
            Duration.ofSeconds(4),
            Duration.ofMillis(300), Duration.ofMillis(500), Duration.ofSeconds(15));

    /// The first request of a JVM loads some 2,500 classes for TLS, HTTP and JSON: 2 to 3 s on a busy machine.
    static final Duration COLD = Duration.ofSeconds(8);

    Duration timeout(ApiRequest request) {
        return request.write() ? write : read;
    }
}
