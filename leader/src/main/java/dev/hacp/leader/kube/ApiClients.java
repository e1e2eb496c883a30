package dev.hacp.leader.kube;

import dev.hacp.core.HostPort;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.net.http.HttpClient;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// One fabric8 client for each pair of API server and credential, closed when either is no longer in use.
final class ApiClients implements AutoCloseable {

    /// @param warm whether the classes of the first request are loaded, so that connecting may be given less time
    private record Key(HostPort server, Credential credential, boolean warm) {}

    /// The JDK's HTTP client with this credential's TLS context: fabric8's own would read files and know no fallback name.
    private static final class Http extends JdkHttpClientFactory {
        private final Credential credential;
        private final ExecutorService executor;

        Http(Credential credential, ExecutorService executor) {
            this.credential = credential;
            this.executor = executor;
        }

        @Override
        protected HttpClient.Builder createNewHttpClientBuilder() {
            return HttpClient.newBuilder().executor(executor);
        }

        @Override
        protected void additionalConfig(HttpClient.Builder builder) {
            builder.sslContext(credential.sslContext());
        }
    }

    private final ApiTiming timing;
    private final KubernetesSerialization serialization = new KubernetesSerialization();
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<Key, KubernetesClient> clients = new ConcurrentHashMap<>();

    ApiClients(ApiTiming timing) {
        this.timing = timing;
    }

    KubernetesClient client(HostPort server, Credential credential, boolean warm) {
        return clients.computeIfAbsent(new Key(server, credential, warm), this::build);
    }

    /// Closes the clients of servers and credentials that are no longer among these.
    void keep(Collection<HostPort> servers, Collection<Credential> credentials) {
        clients.entrySet().removeIf(entry -> {
            boolean kept = servers.contains(entry.getKey().server())
                    && credentials.contains(entry.getKey().credential());
            if (!kept) {
                entry.getValue().close();
            }
            return !kept;
        });
    }

    private KubernetesClient build(Key key) {
        ConfigBuilder config = new ConfigBuilder(Config.empty()).withMasterUrl("https://" + key.server() + "/")
                // HTTP/1.1: a request that times out takes its connection with it. An HTTP/2 connection into a black
                // hole would be used again and again.
                .withHttp2Disable(true)
                // A write that found no connection within this was surely not carried out.
                .withConnectionTimeout((int) (key.warm() ? timing.connect() : ApiTiming.COLD).toMillis())
                // The deadline that counts is ours (ApiCall); this only ends what it has given up.
                .withRequestTimeout((int) ApiTiming.COLD.toMillis())
                // By default fabric8 goes on for 129 s with a server that hangs.
                .withRequestRetryBackoffLimit(0).withWatchReconnectLimit(0).withWatchReconnectInterval(50);
        key.credential().bearerToken().ifPresent(config::withOauthToken);
        return new KubernetesClientBuilder().withConfig(config.build())
                .withHttpClientFactory(new Http(key.credential(), executor)).withKubernetesSerialization(serialization)
                .withTaskExecutor(executor).build();
    }

    @Override
    public void close() {
        clients.values().forEach(KubernetesClient::close);
        clients.clear();
        executor.shutdownNow();
    }
}
