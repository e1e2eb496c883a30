package dev.hacp.agent.composition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import dev.hacp.core.ClientConnection;
import dev.hacp.core.LeaderDuty;
import dev.hacp.core.Leadership;
import dev.hacp.core.StandDown;
import dev.hacp.core.VirtualIp;
import dev.hacp.lb.Balancer;
import dev.hacp.vip.wake.IdleClientWaker;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The order of what an owner does when it comes and goes: the parts themselves are tested where they are.
class OwnerDutyTest {

    private static final ClientConnection CLIENT = new ClientConnection(VirtualIp.parse("10.0.0.100"), 6443,
            new InetSocketAddress("10.0.0.9", 40000));

    private final List<String> steps = new ArrayList<>();
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(0);
    private final ClientSharing sharing = new ClientSharing(() -> 0, timer);
    private final CompletableFuture<Void> taken = new CompletableFuture<>();
    private CompletableFuture<Integer> reset = CompletableFuture.completedFuture(1);

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    private OwnerDuty duty() {
        Balancer balancer = mock(Balancer.class);
        when(balancer.resetAllClients()).thenAnswer(_ -> {
            steps.add("reset clients");
            return reset;
        });
        IdleClientWaker waker = mock(IdleClientWaker.class);
        when(waker.wake(any())).thenAnswer(call -> {
            steps.add("wake " + call.getArgument(0));
            return CompletableFuture.completedFuture(1);
        });
        LeaderDuty address = new LeaderDuty() {
            @Override
            public CompletionStage<Void> takeOver(Leadership.Leader leadership) {
                steps.add("put address");
                return taken;
            }

            @Override
            public CompletionStage<Void> standDown(StandDown reason) {
                steps.add("remove address");
                return CompletableFuture.completedFuture(null);
            }
        };
        sharing.shareWith((more, less) -> steps.add("tell members"));
        return new OwnerDuty(address, balancer, sharing, waker, () -> Set.of(CLIENT), () -> {});
    }

    @Test
    void aPlannedMoveResetsClientsWhileTheAddressIsHereAndTellsWhoCameInBetween() {
        sharing.opened(CLIENT);
        assertThat(duty().standDown(StandDown.HANDOVER).toCompletableFuture()).isCompleted();
        assertThat(steps).containsExactly("reset clients", "remove address", "tell members", "reset clients");
    }

    @Test
    void anUnplannedOneLosesNoTimeBeforeTheAddressIsGone() {
        assertThat(duty().standDown(StandDown.MINORITY).toCompletableFuture()).isCompleted();
        assertThat(steps).containsExactly("remove address", "reset clients");
    }

    @Test
    void clientsThatCannotBeResetDoNotKeepTheAddressHere() {
        reset = new CompletableFuture<>();
        assertThat(duty().standDown(StandDown.SHUTDOWN).toCompletableFuture()).succeedsWithin(
                java.time.Duration.ofSeconds(5));
        assertThat(steps).startsWith("reset clients", "remove address");
    }

    @Test
    void clientsOfTheFormerOwnerAreWokenOnceTheAddressIsHere() {
        CompletionStage<Void> owner = duty().takeOver(new Leadership.Leader(1, Long.MAX_VALUE));
        assertThat(steps).containsExactly("put address");
        taken.complete(null);
        assertThat(owner.toCompletableFuture()).isCompleted();
        assertThat(steps).containsExactly("put address", "wake [" + CLIENT + "]");
    }

    @Test
    void nobodyIsWokenWhenTheAddressCouldNotBePut() {
        CompletionStage<Void> owner = duty().takeOver(new Leadership.Leader(1, Long.MAX_VALUE));
        taken.completeExceptionally(new IllegalStateException("a stranger answers"));
        assertThat(owner.toCompletableFuture()).isCompletedExceptionally();
        assertThat(steps).containsExactly("put address");
    }
}
