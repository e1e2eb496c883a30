package dev.hacp.lb.backend;

import java.util.Locale;
import java.util.Optional;

/// How the next connection's backend is chosen among those that are UP.
public enum Policy {

    /// The fewest current connections per weight; among equals the one that was chosen longest ago. Right for API
    /// servers, whose connections last for days.
    LEAST_CONNECTIONS,
    /// In turn, as often as the weights say.
    ROUND_ROBIN,
    /// The less loaded of two chosen at random: what many balancers that do not know each other should use.
    RANDOM_TWO,
    /// By the client's address (rendezvous hashing): a backend that leaves moves only its own clients.
    SOURCE_HASH;

    /// The name as configuration spells it: `least-connections`.
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public static Optional<Policy> parse(String text) {
        for (Policy policy : values()) {
            if (policy.text().equals(text)) {
                return Optional.of(policy);
            }
        }
        return Optional.empty();
    }
}
