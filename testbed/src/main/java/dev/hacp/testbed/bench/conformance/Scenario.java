package dev.hacp.testbed.bench.conformance;

import java.util.List;
import java.util.Map;

/// One thing that TCP allows or that a network does.
///
/// @param name   for `--only`
/// @param right  what a balancer should make of it
/// @param setup  how the balancers are set up
/// @param course takes all of them through it
record Scenario(String name, String right, Setup setup, Course course) {

    /// Which backends there are, beside the server that answers.
    enum Setup {
        /// The server alone.
        PLAIN,
        /// A port that refuses as well.
        ONE_REFUSES,
        /// A host that drops what it gets as well.
        ONE_DROPS,
        /// Only a port that refuses.
        ALL_REFUSE,
        /// The server alone; clients begin with a PROXY header.
        PROXY_IN,
        /// The server alone, and it gets a PROXY header.
        PROXY_OUT
    }

    @FunctionalInterface
    interface Course {

        /// @return for each what was wrong, in a few words; empty text: nothing
        Map<Route, String> run(List<Route> routes) throws Exception;
    }

    /// What concerns one route at a time.
    @FunctionalInterface
    interface Single {

        /// @return what was wrong; empty text: nothing
        String run(Route route) throws Exception;
    }

    static Scenario of(String name, String right, Setup setup, Single single) {
        return new Scenario(name, right, setup, routes -> Verdicts.each(routes, single));
    }
}
