package dev.hacp.agent.composition;

import dev.hacp.agent.config.AgentConfig;
import dev.hacp.core.HostPort;
import dev.hacp.core.VirtualIp;
import dev.hacp.vip.address.VipCheck;
import java.util.ArrayList;
import java.util.List;

/// The VIPs of the configuration that a machine has for itself, as far as this node can tell before it starts.
final class UnusableVips {

    private UnusableVips() {}

    /// @return one problem for each; of the network namespace of the calling thread
    static List<String> of(AgentConfig config) {
        List<VirtualIp> vips = config.address().literals();
        List<String> problems = new ArrayList<>(VipCheck.problems(vips));
        config.balancer().backends().forEach(server -> given("backend", server, vips, problems));
        config.members().peers().forEach(peer -> given("peer", peer, vips, problems));
        return problems;
    }

    private static void given(String option, HostPort server, List<VirtualIp> vips, List<String> problems) {
        vips.stream().filter(vip -> server.literal().filter(vip.address()::equals).isPresent())
                .forEach(vip -> problems.add(option + ": " + server
                        + " is the VIP (expected: an address of the machine itself, which stays there)"));
    }
}
