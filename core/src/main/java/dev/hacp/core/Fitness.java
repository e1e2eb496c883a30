package dev.hacp.core;

/// Whether this node may own the VIP, as one part of the agent sees it (link up, a healthy backend, no stall).
///
/// @param reason empty when fit; else one clause for the log: `interface=eth0 has no carrier`
public record Fitness(boolean fit, String reason) {

    public static final Fitness FIT = new Fitness(true, "");

    public static Fitness unfit(String reason) {
        return new Fitness(false, reason);
    }

    public Fitness and(Fitness other) {
        return fit ? other : this;
    }
}
