package dev.hacp.cli.doctor;

import dev.hacp.agent.config.AgentConfig;
import dev.hacp.core.HostPort;
import dev.hacp.core.IpAddresses;
import dev.hacp.leader.kube.ApiServerPorts;
import dev.hacp.leader.kube.Credential;
import dev.hacp.leader.kube.CredentialSource;
import dev.hacp.leader.kube.Credentials;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// Asks the cluster with the first credential that can be used.
public final class ClusterAccess {

    private ClusterAccess() {}

    public static void examine(AgentConfig config, Machine machine, Map<String, String> environment, Clock clock,
            Consumer<Finding> findings) {
        AgentConfig.Cluster cluster = config.cluster();
        Credentials credentials = new Credentials(
                CredentialSource.of(cluster.inCluster() ? List.of() : cluster.kubeconfigs(), environment));
        Optional<Credential> current = credentials.current();
        if (current.isEmpty()) {
            findings.accept(Finding.warning("credential",
                    "none to check the control plane with: " + String.join("; ", credentials.problems()),
                    "the agent waits for one: the Lease decides who owns the VIP",
                    "expected before 'kubeadm init' or join; otherwise give --kubeconfig"));
            return;
        }
        findings.accept(credential(current.get(), clock));
        try (HttpApiProbe probe = new HttpApiProbe(current.get())) {
            List<HostPort> seeds = seeds(config, machine, current.get());
            ControlPlaneCheck.examine(config, seeds, probe, clock, findings);
            Set<InetAddress> own = machine.interfaces().stream().flatMap(nic -> nic.addresses().stream())
                    .map(Machine.Assigned::address).collect(Collectors.toSet());
            new MembersCheck(config, own, clock, findings).examine(seeds, probe);
        }
    }

    private static Finding credential(Credential credential, Clock clock) {
        String text = credential.source() + ", " + credential.subject();
        Optional<Long> days = credential.notAfter().map(end -> Duration.between(clock.instant(), end).toDays());
        if (days.isPresent() && days.get() < 30) {
            return Finding.warning("credential", text + ": " + days.get() + " days left",
                    "once it expires the agent can no longer renew the Lease", "kubeadm certs renew admin.conf");
        }
        return Finding.ok("credential", text + days.map(left -> ": " + left + " days left").orElse(""));
    }

    /// The kubeconfig's own server comes last: often it is the VIP, which need not be served yet.
    private static List<HostPort> seeds(AgentConfig config, Machine machine, Credential credential) {
        Set<HostPort> seeds = new LinkedHashSet<>(config.balancer().backends());
        Set<Integer> ports = ApiServerPorts.beside(config.cluster().kubeconfigs());
        config.address().literals().forEach(vip -> machine.interfaces()
                .stream().flatMap(nic -> nic.addresses().stream())
                .filter(own -> own.prefixLength() < vip.prefixLength()
                        && IpAddresses.sameSubnet(own.address(), vip.address(), own.prefixLength()))
                .forEach(own -> ports.forEach(
                        port -> seeds.add(new HostPort(IpAddresses.text(own.address()), port)))));
        seeds.add(credential.server());
        return List.copyOf(seeds);
    }
}
