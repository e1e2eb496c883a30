package dev.hacp.agent.composition;

import dev.hacp.core.HostPort;
import dev.hacp.core.Ticker;
import dev.hacp.lb.backend.Condition;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/// The API servers that are worth asking: what discovery names, and what it may have wrong.
///
/// A list is as old as the last answer: where API servers went down in turn, the one that is back was missing in the list
/// of a node that could ask nobody else. And all entries of `default/kubernetes` have one port, that of the API server which
/// wrote last, although each may listen at its own. So what has left the list stays as long as it is ready, and else
/// for [#LATELY]; and one that refuses is also tried at the ports that are known from elsewhere. Health checks decide
/// who serves: more names cost a check a second each. Any thread.
final class KnownApiServers {

    /// Longer than any restart of a node.
    static final Duration LATELY = Duration.ofMinutes(10);

    private final Ticker ticker;
    private final Function<HostPort, Optional<Condition>> condition;
    private final Supplier<? extends Collection<Integer>> ports;

    // Guarded by this.
    private List<HostPort> named = List.of();
    private Set<HostPort> triedBefore = Set.of();
    /// With the reading of when it was last named or ready.
    private final Map<HostPort, Long> unnamed = new LinkedHashMap<>();

    /// @param condition what health checks make of it; empty when it is not checked
    /// @param ports     at which API servers listen, as far as this node knows
    KnownApiServers(Ticker ticker, Function<HostPort, Optional<Condition>> condition,
            Supplier<? extends Collection<Integer>> ports) {
        this.ticker = ticker;
        this.condition = condition;
        this.ports = ports;
    }

    /// What discovery says now; never empty.
    synchronized void named(List<HostPort> found) {
        long now = ticker.nanos();
        named.forEach(server -> unnamed.put(server, now));
        found.forEach(unnamed::remove);
        named = List.copyOf(found);
    }

    /// Without being named here: from before a restart, or by another member.
    synchronized void remembered(Collection<HostPort> servers) {
        long now = ticker.nanos();
        servers.stream().filter(server -> !named.contains(server)).forEach(server -> unnamed.put(server, now));
    }

    /// All that are worth asking now, the named ones first.
    synchronized List<HostPort> current() {
        long now = ticker.nanos();
        Set<HostPort> tried = elsewhere();
        Set<HostPort> looked = new HashSet<>(unnamed.keySet());
        looked.addAll(tried);
        // Also what was tried the last time: the other port may have ceased to refuse in the meantime.
        looked.addAll(triedBefore);
        triedBefore = tried;
        looked.stream().filter(server -> is(server, Condition.READY)).forEach(server -> unnamed.put(server, now));
        unnamed.values().removeIf(since -> now - since > LATELY.toNanos());
        Set<HostPort> all = new LinkedHashSet<>(named);
        all.addAll(unnamed.keySet());
        all.addAll(tried);
        return List.copyOf(all);
    }

    /// What other members should know: what is named, and what is ready. Not what they told: it would go round forever.
    synchronized List<HostPort> worthTelling() {
        Set<HostPort> all = new LinkedHashSet<>(named);
        unnamed.keySet().stream().filter(server -> is(server, Condition.READY)).forEach(all::add);
        return List.copyOf(all);
    }

    /// Those that refuse, at other ports.
    private Set<HostPort> elsewhere() {
        Set<HostPort> found = new LinkedHashSet<>();
        for (HostPort server : named) {
            if (is(server, Condition.REFUSES)) {
                ports.get().stream().map(port -> new HostPort(server.host(), port))
                        .filter(other -> !named.contains(other)).forEach(found::add);
            }
        }
        return found;
    }

    private boolean is(HostPort server, Condition wanted) {
        return condition.apply(server).filter(wanted::equals).isPresent();
    }
}
