package dev.hacp.lb.backend;

/// The relay, as rebalancing sees it.
@FunctionalInterface
public interface ConnectionCloser {

    /// Why connections are closed, which decides which of them may be.
    enum Purpose {
        /// To spread them: only those whose client makes a new one by itself and goes on, see [Upstream#resumable].
        REBALANCE,
        /// Their backend cannot do its work: all.
        CANNOT_SERVE
    }

    /// Ends at most `n` connections of this backend, the longest idle first, so that their clients connect again. Returns at
    /// once; any thread.
    void closeLongestIdle(Backend backend, int n, Purpose purpose);
}
