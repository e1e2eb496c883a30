package dev.hacp.testbed.kube;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hacp.testbed.lan.Host;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/// Embedded API servers over one store.
final class EmbeddedControlPlane implements ControlPlane {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Pki pki = Pki.create();
    private final ObjectStore store = new ObjectStore();
    private final List<EmbeddedApiServer> servers;

    EmbeddedControlPlane(List<Host> hosts, Path folder, List<InetAddress> vips) {
        try {
            pki.writeShared(Files.createDirectories(folder.resolve("pki")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        servers = hosts.stream().map(host -> new EmbeddedApiServer(host, store, pki,
                KubeApiServer.certificate(pki, host, "kube-apiserver-" + host.name(), vips))).toList();
        for (String namespace : List.of("default", "kube-system", "kube-public", "kube-node-lease")) {
            create("", "namespaces", "", "{\"metadata\": {\"name\": \"" + namespace + "\"}}");
        }
        // The addresses stay listed while a server is away, as with the real reconciler for its first 15 s.
        create("discovery.k8s.io", "endpointslices", "default", """
                {"metadata": {"name": "kubernetes", "labels": {"kubernetes.io/service-name": "kubernetes"}},
                 "addressType": "IPv4", "ports": [{"name": "https", "port": %d, "protocol": "TCP"}],
                 "endpoints": [%s]}
                """.formatted(ApiServer.PORT, servers.stream().map(server -> server.address().host())
                .map(address -> "{\"addresses\": [\"" + address + "\"], \"conditions\": {\"ready\": true}}")
                .collect(Collectors.joining(", "))));
    }

    private void create(String group, String plural, String namespace, String json) {
        ResourceType type = ResourceType.find(group, "v1", plural).orElseThrow();
        try {
            store.create(new ResourceKey(type, namespace, ""), (ObjectNode) JSON.readTree(json));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(json, e);
        }
    }

    @Override
    public String description() {
        return "the embedded API server: no kube-apiserver and etcd in $KUBEBUILDER_ASSETS or " + KubeBinaries.cache()
                + " (testbed/kube/build makes them)";
    }

    @Override
    public boolean isReal() {
        return false;
    }

    @Override
    public Pki pki() {
        return pki;
    }

    @Override
    public List<ApiServer> apiServers() {
        return List.copyOf(servers);
    }

    @Override
    public List<EtcdMember> etcd() {
        return List.of();
    }

    @Override
    public void start() {
        servers.forEach(EmbeddedApiServer::start);
        awaitReady(Duration.ofSeconds(30));
    }

    @Override
    public void close() {
        servers.forEach(EmbeddedApiServer::kill);
    }
}
