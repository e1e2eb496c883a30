package dev.hacp.core;

/// Whether this node may own the VIP, as one part of the agent sees it (link up, a healthy backend, no stall).
///
/// @param fit    may own, and stands whenever an owner is needed
/// @param able   could own, but stands only while no member is fit: after a switch has bounced every link at once somebody
///               must; always true when fit
/// @param reason empty when fit; else one clause for the log: `interface=eth0 has no carrier`
public record Fitness(boolean fit, boolean able, String reason) {

    public static final Fitness FIT = new Fitness(true, true, "");

    public static Fitness unfit(String reason) {
        return new Fitness(false, false, reason);
    }

    public static Fitness reluctant(String reason) {
        return new Fitness(false, true, reason);
    }

    /// The worse of the two.
    public Fitness and(Fitness other) {
        if (!able || (!fit && other.able)) {
            return this;
        }
        return other;
    }
}
