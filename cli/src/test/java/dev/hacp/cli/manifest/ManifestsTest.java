package dev.hacp.cli.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.agent.config.AgentConfig;
import dev.hacp.agent.config.BalanceConfig;
import dev.hacp.agent.config.ConfigReader;
import dev.hacp.agent.config.Option;
import dev.hacp.agent.config.Options;
import dev.hacp.agent.config.Surroundings;
import dev.hacp.testbed.Golden;
import dev.hacp.testbed.agent.HacpJar;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ManifestsTest {

    private static final Surroundings HERE = new Surroundings(Map.of(), "cp1");
    private static final ConfigReader.Flags PLAIN = flags(Map.of(Options.VIP, List.of("10.0.0.10")));
    private static final ConfigReader.Flags FULL = flags(Map.of(Options.VIP, List.of("10.0.0.10", "fd00::10"),
            Options.INTERFACE_NAME, List.of("eth1"), Options.KUBECONFIG,
            List.of("/etc/kubernetes/admin.conf", "/etc/hacp/kube.conf"), Options.ADMIN_ADDRESS, List.of("[::]:9700"),
            Options.LEASE_NAMESPACE, List.of("hacp-system")));
    private static final ConfigReader.Flags BALANCE = flags(Map.of(Options.LISTEN, List.of("127.0.0.1:7445"),
            Options.BACKEND, List.of("10.0.0.1:6443", "10.0.0.2:6443"), Options.ADMIN_ADDRESS,
            List.of("127.0.0.1:9645")));

    @Test
    void theStaticPodIsAsReviewed() {
        Golden.assertMatches("manifest/pod.yaml", Manifests.pod(agent(PLAIN), arguments(PLAIN), "hacp:1.2.3", "1.2.3"));
        Golden.assertMatches("manifest/pod-full.yaml",
                Manifests.pod(agent(FULL), arguments(FULL), "registry.example.org:5000/hacp@sha256:abc", "1.2.3"));
    }

    @Test
    void theDaemonSetIsAsReviewed() {
        Golden.assertMatches("manifest/daemonset.yaml",
                Manifests.daemonSet(agent(PLAIN), arguments(PLAIN), "hacp:1.2.3", "1.2.3"));
        Golden.assertMatches("manifest/daemonset-full.yaml",
                Manifests.daemonSet(agent(FULL), arguments(FULL), "hacp:1.2.3", "1.2.3"));
    }

    @Test
    void theOthersAreAsReviewed() {
        Path java = Path.of("/usr/lib/jvm/temurin-25-jre-amd64/bin/java");
        Path jar = Path.of("/opt/hacp/hacp.jar");
        Golden.assertMatches("manifest/rbac.yaml", Manifests.rbac("kube-system"));
        Golden.assertMatches("manifest/hacp.service", Manifests.systemd(arguments(FULL), java, jar, "1.2.3"));
        Golden.assertMatches("manifest/kubeadm.yaml", Manifests.kubeadm(agent(FULL)));
        BalanceConfig balance = ConfigReader.balance(BALANCE, HERE);
        List<String> arguments = ConfigReader.arguments(Option.Scope.BALANCE, BALANCE, HERE);
        Golden.assertMatches("manifest/balance-pod.yaml",
                Manifests.balancePod(balance, arguments, "hacp:1.2.3", "1.2.3"));
        Golden.assertMatches("manifest/hacp-balance.service",
                Manifests.balanceSystemd(arguments, java, jar, "1.2.3"));
    }

    @Test
    void aNameIsTheEndpointOfKubeadmWhenThereIsOne() {
        assertThat(Manifests.kubeadm(agent(flags(Map.of(Options.VIP, List.of("10.0.0.10", "api.example.org"))))))
                .contains("controlPlaneEndpoint: \"api.example.org:6443\"");
        assertThat(Manifests.kubeadm(agent(flags(Map.of(Options.VIP, List.of("fd00::10"))))))
                .contains("controlPlaneEndpoint: \"[fd00::10]:6443\"");
    }

    @Test
    void withoutAdminAddressThereAreNoProbes() {
        ConfigReader.Flags none = flags(
                Map.of(Options.VIP, List.of("10.0.0.10"), Options.ADMIN_ADDRESS, List.of("none")));
        assertThat(Manifests.pod(agent(none), arguments(none), "hacp:1", "1")).doesNotContain("Probe");
    }

    @Test
    void theTestsRunTheJarWithTheOptionsOfUnitAndImage() {
        assertThat(new HacpJar(Path.of("java"), Path.of("hacp.jar")).command(List.of()))
                .containsSubsequence(Manifests.javaOptions());
    }

    @Test
    void theUnitEscapesWhatSystemdWouldExpand() {
        assertThat(Manifests.systemd(List.of("--kubeconfig=/etc/a b/50%$X\"y"), Path.of("/java"), Path.of("/hacp.jar"),
                "1"))
                .contains("\"--kubeconfig=/etc/a b/50%%$$X\\\"y\"");
    }

    @Test
    void aJavaOrAJarBelowAPathWithSpacesIsOneWordOfTheUnit() {
        assertThat(Manifests.systemd(List.of(), Path.of("/my $ jdks/50%/bin/java"), List.of("-XX:AOTCache=/a b/$"),
                Path.of("/my $ jars/hacp.jar"), "1")).contains("ExecStart=\"/my $ jdks/50%%/bin/java\""
                        + " \"-XX:AOTCache=/a b/$$\" -jar \"/my $$ jars/hacp.jar\" run\n");
    }

    private static ConfigReader.Flags flags(Map<Option<?>, List<String>> values) {
        return new ConfigReader.Flags(values, Optional.empty(), List.of());
    }

    private static AgentConfig agent(ConfigReader.Flags flags) {
        return ConfigReader.agent(flags, HERE);
    }

    private static List<String> arguments(ConfigReader.Flags flags) {
        return ConfigReader.arguments(Option.Scope.RUN, flags, HERE);
    }
}
