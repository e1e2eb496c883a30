package dev.hacp.vip.address;

import dev.hacp.core.VirtualIp;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The VIPs that are configured now: its addresses, and what its names resolve to. A name that cannot be
/// resolved keeps its last addresses: DNS often depends on what the VIP serves.
final class VipNames {

    @FunctionalInterface
    interface Resolver {
        InetAddress[] resolve(String name) throws UnknownHostException;
    }

    private static final Duration PACE = Duration.ofSeconds(30);
    private static final Duration PACE_WITHOUT = Duration.ofSeconds(2);

    /// @param problem empty when every name is known
    record Result(Set<VirtualIp> vips, String problem) {}

    private final VipConfig config;
    private final Resolver resolver;
    private final Duration pace;
    private final Map<String, List<VirtualIp>> known = new HashMap<>();

    /// As the JVM resolves, every 30 s: its own cache answers more frequent questions.
    VipNames(VipConfig config) {
        this(config, InetAddress::getAllByName, PACE);
    }

    /// @param pace between two looks while every name is known
    VipNames(VipConfig config, Resolver resolver, Duration pace) {
        this.config = config;
        this.resolver = resolver;
        this.pace = pace;
    }

    boolean isEmpty() {
        return config.names().isEmpty();
    }

    /// What is known before the first look.
    Result literals() {
        return new Result(Set.copyOf(config.literals()),
                isEmpty() ? "" : "the VIP " + config.names().getFirst() + " is being resolved");
    }

    /// How long to wait before the next look.
    Duration pause(Result last) {
        return last.problem().isEmpty() ? pace : PACE_WITHOUT;
    }

    /// Blocks for as long as the resolver does.
    Result resolve() {
        Set<VirtualIp> vips = new LinkedHashSet<>(config.literals());
        String problem = "";
        for (String name : config.names()) {
            try {
                known.put(name, List.of(resolver.resolve(name)).stream().map(VirtualIp::new).sorted().toList());
            } catch (UnknownHostException e) {
                if (!known.containsKey(name)) {
                    problem = "the VIP " + name + " cannot be resolved: add it to DNS or to /etc/hosts, or give the "
                            + "address";
                }
            } catch (IllegalArgumentException e) {
                problem = "the VIP " + name + " resolves to " + e.getMessage();
            }
            vips.addAll(known.getOrDefault(name, List.of()));
        }
        return new Result(vips, problem);
    }
}
