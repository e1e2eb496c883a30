package dev.hacp.agent.composition;

import dev.hacp.core.ClientConnection;
import dev.hacp.core.LeaderDuty;
import dev.hacp.core.Leadership;
import dev.hacp.core.StandDown;
import dev.hacp.lb.Balancer;
import dev.hacp.vip.wake.IdleClientWaker;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The address, and the clients that depend on it.
///
/// A planned move resets the clients while the VIP is still here, so that they reconnect at once. Clients that connect
/// in between are reported to the members before the Lease is released, and the next owner wakes them; it also wakes
/// those of an owner that was lost, which nobody could reset.
final class OwnerDuty implements LeaderDuty {

    private static final Logger log = LoggerFactory.getLogger(OwnerDuty.class);
    /// The address must go even if an event loop hangs.
    private static final long RESET_MILLIS = 200;

    private final LeaderDuty address;
    private final Balancer balancer;
    private final ClientSharing sharing;
    private final IdleClientWaker waker;
    private final Supplier<? extends Collection<ClientConnection>> clientsOfOthers;
    private final Runnable taking;

    /// @param clientsOfOthers what other members had told of their clients
    /// @param taking          told of each takeover when it begins; must not block
    OwnerDuty(LeaderDuty address, Balancer balancer, ClientSharing sharing, IdleClientWaker waker,
            Supplier<? extends Collection<ClientConnection>> clientsOfOthers, Runnable taking) {
        this.address = address;
        this.balancer = balancer;
        this.sharing = sharing;
        this.waker = waker;
        this.clientsOfOthers = clientsOfOthers;
        this.taking = taking;
    }

    @Override
    public CompletionStage<Void> takeOver(Leadership.Leader leadership) {
        taking.run();
        return address.takeOver(leadership).thenRun(() -> waker.wake(clientsOfOthers.get()));
    }

    @Override
    public CompletionStage<Void> standDown(StandDown reason) {
        CompletionStage<?> reset = reason.planned() ? resetInTime() : CompletableFuture.completedFuture(0);
        return reset.thenCompose(_ -> address.standDown(reason)).whenComplete((_, _) -> {
            sharing.flush();
            // Nobody answers for them here now: free their backends.
            balancer.resetAllClients();
        });
    }

    private CompletionStage<Integer> resetInTime() {
        return balancer.resetAllClients().orTimeout(RESET_MILLIS, TimeUnit.MILLISECONDS).exceptionally(e -> {
            log.warn("could not reset every client before the VIP is removed: {}", e.toString());
            return 0;
        });
    }
}
