package dev.hacp.lb.backend;

/// The relay, as rebalancing sees it.
@FunctionalInterface
public interface ConnectionCloser {

    /// Ends at most `n` connections of this backend, the longest idle first, so that their clients connect anew. Returns
    /// at once; any thread.
    void closeLongestIdle(Backend backend, int n);
}
