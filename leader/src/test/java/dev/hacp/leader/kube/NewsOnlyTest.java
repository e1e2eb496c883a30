package dev.hacp.leader.kube;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.Watcher.Action;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NewsOnlyTest {

    private final List<String> told = new ArrayList<>();
    private final NewsOnly<Lease> news = new NewsOnly<>((action, lease) -> told
            .add((action == Action.DELETED ? "-" : "") + lease.getMetadata().getResourceVersion()));

    private static Lease lease(String version) {
        return new LeaseBuilder().withNewMetadata().withName("hacp").withResourceVersion(version).endMetadata().build();
    }

    /// An API server without etcd still lists from its cache, at each reconnection.
    @Test
    void whatIsKnownIsNotToldAgainAndNothingOlder() {
        news.listed(List.of(lease("99")), "120");
        news.listed(List.of(lease("99")), "120");
        news.event(Action.MODIFIED, lease("101"));
        news.listed(List.of(lease("99")), "100");
        news.event(Action.MODIFIED, lease("101"));
        news.event(Action.MODIFIED, lease("102"));
        assertThat(told).containsExactly("99", "101", "102");
    }

    @Test
    void aDeletionAndWhatIsMadeAfterwardsAreTold() {
        news.listed(List.of(lease("10")), "10");
        news.event(Action.DELETED, lease("11"));
        news.listed(List.of(lease("10")), "10");
        news.event(Action.ADDED, lease("12"));
        assertThat(told).containsExactly("10", "-11", "12");
    }

    @Test
    void aDeletionWhileNothingWasWatchedIsToldByALaterListOnly() {
        news.listed(List.of(lease("10")), "10");
        news.listed(List.of(), "9");
        assertThat(told).containsExactly("10");
        news.listed(List.of(), "14");
        news.listed(List.of(), "15");
        news.listed(List.of(lease("10")), "13");
        assertThat(told).containsExactly("10", "-10");
    }

    @Test
    void afterARestoreOfEtcdARealReadSaysFromWhereToGoOn() {
        news.listed(List.of(lease("5000")), "5000");
        news.listed(List.of(lease("70")), "80");
        news.event(Action.MODIFIED, lease("81"));
        assertThat(told).containsExactly("5000");
        news.read("hacp", "81");
        news.listed(List.of(lease("81")), "81");
        news.event(Action.MODIFIED, lease("82"));
        news.read("hacp", "");
        news.event(Action.ADDED, lease("81"));
        news.event(Action.ADDED, lease("90"));
        assertThat(told).containsExactly("5000", "82", "90");
    }

    @Test
    void versionsThatAreNoNumbersAreAllNews() {
        news.listed(List.of(lease("b")), "x");
        news.listed(List.of(lease("a")), "y");
        news.listed(List.of(lease("a")), "z");
        assertThat(told).containsExactly("b", "a");
    }
}
