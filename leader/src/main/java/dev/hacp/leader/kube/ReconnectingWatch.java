package dev.hacp.leader.kube;

import dev.hacp.core.FaultGuard;
import dev.hacp.core.HostPort;
import dev.hacp.core.Ticker;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.FilterWatchListDeletable;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A watch that is opened again whenever it ends, at whichever API server answers, after 50 ms to 1 s. Each opening first
/// tells what exists, as the API server's cache knows it: possibly an older state than one told before ([NewsOnly] leaves
/// that out). A watch that dies in silence is not noticed here: poll beside it, and call [#restart] when the poll knows
/// more than the watch.
final class ReconnectingWatch<T extends HasMetadata> implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ReconnectingWatch.class);
    private static final Duration LEAST_PAUSE = Duration.ofMillis(50);
    private static final Duration MOST_PAUSE = Duration.ofSeconds(1);

    /// Which objects.
    interface Selection<T extends HasMetadata> {
        FilterWatchListDeletable<T, ? extends KubernetesResourceList<T>, ?> of(KubernetesClient client);
    }

    interface Listener<T extends HasMetadata> {
        /// On a thread of the HTTP client: must be quick and must not throw.
        void event(Watcher.Action action, T object);

        /// All that exists at that version, before the events after it; likewise quick, and possibly on two threads.
        default void listed(List<T> objects, String version) {
            objects.forEach(object -> event(Watcher.Action.ADDED, object));
        }
    }

    /// One connection; each attempt to open has its own, so that two that race do not end each other.
    private final class Connection implements Watcher<T>, ApiCall.AbandonedAnswer {
        private final HostPort server;
        private final CountDownLatch ended = new CountDownLatch(1);
        private volatile @Nullable Watch watch;

        Connection(HostPort server) {
            this.server = server;
        }

        @Override
        public void eventReceived(Action action, T object) {
            if (action == Action.ERROR) {
                ended.countDown();
            } else if (action != Action.BOOKMARK) {
                listener.event(action, object);
            }
        }

        @Override
        public void onClose(WatcherException cause) {
            log.debug("{} at {} ended: {}", request, server, cause.getMessage());
            ended.countDown();
        }

        @Override
        public void onClose() {
            ended.countDown();
        }

        @Override
        public void abandon() {
            ended.countDown();
            Watch open = watch;
            if (open != null) {
                open.close();
            }
        }
    }

    private final ApiServers servers;
    private final ApiRequest request;
    private final Selection<T> selection;
    private final Listener<T> listener;
    private final FaultGuard guard;
    private final Thread thread;
    private volatile boolean stopped;
    private volatile @Nullable Connection current;

    ReconnectingWatch(ApiServers servers, ApiRequest request, Selection<T> selection, Listener<T> listener) {
        this.servers = servers;
        this.request = request;
        this.selection = selection;
        this.listener = listener;
        this.guard = new FaultGuard("the watch of " + request.resource(), Ticker.system());
        this.thread = Thread.ofVirtual().name("hacp-watch-" + request.resource()).unstarted(this::run);
    }

    ReconnectingWatch<T> start() {
        thread.start();
        return this;
    }

    boolean connected() {
        return current != null;
    }

    /// Opens it again; the API server that it used may have died silently.
    void restart() {
        Connection connection = current;
        if (connection != null) {
            connection.ended.countDown();
        }
    }

    private void run() {
        Duration pause = LEAST_PAUSE;
        try {
            while (!stopped) {
                long opened = System.nanoTime();
                guard.round(this::watchOnce);
                boolean lasted = System.nanoTime() - opened > MOST_PAUSE.toNanos();
                pause = lasted ? LEAST_PAUSE : pause;
                // Half of it at random: members do not come back in step.
                long most = pause.toNanos();
                TimeUnit.NANOSECONDS.sleep(ThreadLocalRandom.current().nextLong(most / 2, most + 1));
                pause = pause.multipliedBy(2).compareTo(MOST_PAUSE) > 0 ? MOST_PAUSE : pause.multipliedBy(2);
            }
        } catch (InterruptedException e) {
            log.debug("{} stopped", request);
        }
    }

    private void watchOnce() throws InterruptedException {
        try {
            Connection connection = servers.call(request, this::open);
            current = connection;
            follow(connection);
        } catch (ApiException e) {
            log.debug("{}", e.sentence());
        } finally {
            current = null;
        }
    }

    /// Lists first and watches from there. A watch without a version, or from "0", would tell what exists as well, but
    /// kube-apiserver 1.36 denies it when etcd is older than 3.4.31 (RequestWatchProgress).
    private Connection open(KubernetesClient client, HostPort server) {
        Connection connection = new Connection(server);
        FilterWatchListDeletable<T, ? extends KubernetesResourceList<T>, ?> selected = selection.of(client);
        KubernetesResourceList<T> list = selected.list(new ListOptionsBuilder().withResourceVersion("0").build());
        listener.listed(list.getItems(), list.getMetadata().getResourceVersion());
        connection.watch = selected.watch(
                new ListOptionsBuilder().withResourceVersion(list.getMetadata().getResourceVersion()).build(),
                connection);
        return connection;
    }

    private void follow(Connection connection) throws InterruptedException {
        try {
            while (!stopped && !connection.ended.await(1, TimeUnit.SECONDS)) {
                if (servers.failing(connection.server)) {
                    return;
                }
            }
        } finally {
            connection.abandon();
        }
    }

    @Override
    public void close() {
        stopped = true;
        thread.interrupt();
    }
}
