package dev.hacp.lb.backend;

import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Who may get a connection, at one moment: swapped as a whole, never changed. Only members with an address are in it;
/// none that left discovery and none in maintenance.
final class Candidates {

    static final Candidates NONE = new Candidates(List.of(), false);

    private final Backend[] up;
    private final Backend[] draining;
    private final Backend[] doubted;
    private final Backend[] down;
    private final @Nullable Backend local;

    Candidates(Collection<Backend> members, boolean preferLocal) {
        List<Backend> usable = members.stream().filter(b -> b.address() != null && b.admin() != AdminState.MAINT)
                .toList();
        this.up = those(usable, b -> b.state() == BackendState.UP && !b.view().doubted());
        this.doubted = those(usable, b -> b.state() == BackendState.UP && b.view().doubted());
        this.draining = those(usable, b -> b.state() == BackendState.DRAIN);
        this.down = those(usable, b -> b.state() == BackendState.DOWN);
        this.local = preferLocal ? List.of(up).stream().filter(Backend::local).findFirst().orElse(null) : null;
    }

    private static Backend[] those(List<Backend> usable, Predicate<Backend> which) {
        return usable.stream().filter(which).toArray(Backend[]::new);
    }

    /// The best that is left: UP, else draining, else those that are UP by an old check but whose host has fallen silent
    /// since, else even DOWN ones (fail open: health checks may be wrong about all of them at once, a refused client is
    /// certain).
    @Nullable
    Backend pick(Balancing balancing, int localMax, int client, Tried tried) {
        Backend preferred = local;
        if (preferred != null && preferred.current() < localMax && !preferred.slow() && !tried.contains(preferred)) {
            return preferred;
        }
        Backend chosen = balancing.choose(up, client, tried);
        if (chosen == null) {
            chosen = balancing.choose(draining, client, tried);
        }
        if (chosen == null) {
            chosen = balancing.choose(doubted, client, tried);
        }
        if (chosen == null) {
            chosen = balancing.choose(down, client, tried);
        }
        return chosen;
    }

    List<Backend> up() {
        return List.of(up);
    }

    boolean isEmpty() {
        return up.length + doubted.length + draining.length + down.length == 0;
    }
}
