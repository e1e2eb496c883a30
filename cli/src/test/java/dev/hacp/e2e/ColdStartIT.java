package dev.hacp.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.VirtualIp;
import dev.hacp.testbed.Await;
import dev.hacp.testbed.RequiresRoot;
import dev.hacp.testbed.agent.Cluster;
import dev.hacp.testbed.agent.HacpProcess;
import dev.hacp.testbed.lan.Lan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The state that a first `kubeadm init` finds: agents run, but no API server, no credentials, no backend.
@RequiresRoot
class ColdStartIT {

    private static final VirtualIp VIP = Lan.vip4();

    @RegisterExtension
    static final ClusterExtension CLUSTER = ClusterExtension.prepared(List.of(VIP));

    @Test
    void agentsWaitWithoutApiServersAndCredentialsAndGoOnWhenTheyAppear() throws Exception {
        Cluster cluster = CLUSTER.get();
        Path folder = Path.of("target", "e2e", "ColdStartIT").toAbsolutePath();
        for (HacpProcess agent : cluster.agents()) {
            Path kubeconfig = folder.resolve(agent.host().name() + ".conf");
            Files.move(kubeconfig, kubeconfig.resolveSibling(kubeconfig.getFileName() + ".later"));
        }
        cluster.startAgents();
        for (HacpProcess agent : cluster.agents()) {
            Await.until(agent + " says that it waits for its credentials", Duration.ofSeconds(30),
                    () -> agent.status().path("waiting").asText().contains(agent.host().name() + ".conf"),
                    () -> agent.status() + "\n" + agent.logTail(20));
        }
        assertThat(cluster.lan().holders(VIP)).isEmpty();

        for (HacpProcess agent : cluster.agents()) {
            Path kubeconfig = folder.resolve(agent.host().name() + ".conf");
            Files.move(kubeconfig.resolveSibling(kubeconfig.getFileName() + ".later"), kubeconfig);
        }
        for (HacpProcess agent : cluster.agents()) {
            Await.until(agent + " says that it waits for an API server", Duration.ofSeconds(30),
                    () -> agent.status().path("waiting").asText().contains("API server"),
                    () -> agent.status() + "\n" + agent.logTail(20));
        }
        assertThat(cluster.lan().holders(VIP)).isEmpty();
        assertThat(cluster.agents()).allMatch(HacpProcess::isAlive);

        cluster.plane().start();
        cluster.awaitBackends(cluster.awaitSettled(Duration.ofMinutes(1)), "up");
        for (HacpProcess agent : cluster.agents()) {
            assertThat(agent.log()).as("a wait is no reason for a stack trace").doesNotContain("\tat ");
            assertThat(agent.page("/readyz")).contains("ok");
        }
    }
}
