package dev.hacp.vip.address;

import dev.hacp.core.Durations;
import dev.hacp.core.Fitness;
import java.time.Duration;

/// Whether the link is good enough to own a VIP on it. A link that came back must stay up for a while before it counts,
/// and longer each time it bounces, so that a loose cable does not move the VIP to and fro.
final class LinkHealth {

    static final Duration HOLD_DOWN = Duration.ofSeconds(3);
    static final Duration MAX_HOLD_DOWN = Duration.ofSeconds(24);
    /// A link that stayed up this long has recovered: the next fault counts as the first.
    static final Duration CALM = Duration.ofMinutes(1);

    private enum State {
        UNKNOWN,
        UP,
        DOWN
    }

    private State state = State.UNKNOWN;
    private long since;
    private Duration holdDown = Duration.ZERO;

    /// @return whether it changed between up and down (the first observation is no change)
    boolean observe(boolean up, long now) {
        State seen = up ? State.UP : State.DOWN;
        if (seen == state) {
            return false;
        }
        boolean first = state == State.UNKNOWN;
        if (!up) {
            boolean calm = first || now - since >= CALM.toNanos();
            holdDown = calm || holdDown.isZero() ? HOLD_DOWN : shorter(holdDown.multipliedBy(2), MAX_HOLD_DOWN);
        }
        state = seen;
        since = now;
        return !first;
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    boolean isUp() {
        return state == State.UP;
    }

    /// How long after it comes back it must stay up.
    Duration holdDown() {
        return holdDown;
    }

    Fitness fitness(String interfaceName, long now) {
        return switch (state) {
            case UNKNOWN -> Fitness.unfit("the VIP's interface is not known yet");
            case DOWN -> Fitness.unfit("interface=" + interfaceName + " has no link");
            case UP -> now - since >= holdDown.toNanos()
                    ? Fitness.FIT
                    : Fitness.reluctant(
                            "interface=" + interfaceName + " came back less than " + Durations.format(holdDown)
                                    + " ago");
        };
    }
}
