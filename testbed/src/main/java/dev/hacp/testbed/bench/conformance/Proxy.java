package dev.hacp.testbed.bench.conformance;

import dev.hacp.core.HostPort;
import dev.hacp.testbed.Shell;
import dev.hacp.testbed.agent.HacpJar;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// A balancer, configured for API clients: connections may be idle for an hour, peers that are gone are found in about ten seconds
/// where the product can be told so, and half-closed connections are passed on.
enum Proxy {
    HACP("hacp"),
    HAPROXY("haproxy"),
    NGINX("nginx");

    private static final Path NGINX_STREAM = Path.of("/usr/lib/nginx/modules/ngx_stream_module.so");

    private final String program;

    Proxy(String program) {
        this.program = program;
    }

    /// As `--proxies` names it.
    @Override
    public String toString() {
        return program;
    }

    boolean isThere() {
        return this == HACP || Shell.find(program).isPresent();
    }

    /// @param file for its configuration; its name is the process's own
    List<String> command(Wiring wiring, Path file) throws IOException {
        return switch (this) {
            case HACP -> hacp(wiring);
            case HAPROXY -> List.of(binary(), "-db", "-f", Files.writeString(file, haproxy(wiring)).toString());
            case NGINX ->
                List.of(binary(), "-c", Files.writeString(file, nginx(wiring, file)).toString(), "-e", file + ".error");
        };
    }

    private String binary() {
        return Shell.find(program).orElseThrow().toString();
    }

    private static List<String> hacp(Wiring wiring) {
        List<String> arguments = new ArrayList<>(
                List.of("balance", "--listen", text(wiring.front()), "--health", "none",
                        "--slow-start", "0s", "--send-proxy-v2", Boolean.toString(wiring.sendProxy())));
        wiring.backends().forEach(backend -> arguments.addAll(List.of("--backend", text(backend))));
        if (wiring.acceptProxy()) {
            arguments.addAll(List.of("--accept-proxy-from", "0.0.0.0/0"));
        }
        return HacpJar.require().command(arguments);
    }

    private static String haproxy(Wiring wiring) {
        return """
                defaults
                    mode tcp
                    timeout connect 1s
                    timeout client 1h
                    timeout server 1h
                    timeout client-fin 30s
                    timeout server-fin 30s
                    retries 3
                    option redispatch 1
                    option clitcpka
                    clitcpka-idle 5s
                    clitcpka-intvl 1s
                    clitcpka-cnt 5
                    option srvtcpka
                    srvtcpka-idle 5s
                    srvtcpka-intvl 1s
                    srvtcpka-cnt 5
                listen api
                    bind %s%s
                    balance roundrobin
                %s
                """.formatted(text(wiring.front()), wiring.acceptProxy() ? " accept-proxy" : "",
                servers(wiring, (number, address) -> "    server s" + number + " " + address
                        + (wiring.sendProxy() ? " send-proxy-v2" : "")));
    }

    private static String nginx(Wiring wiring, Path file) {
        return """
                %sdaemon off; worker_processes 1; pid "%s.pid"; error_log "%s.error";
                events { worker_connections 4096; }
                stream {
                    upstream api { %s }
                    server {
                        listen %s so_keepalive=5s:1s:5%s;
                        proxy_pass api;
                        proxy_timeout 1h;
                        proxy_connect_timeout 1s;
                        proxy_socket_keepalive on;
                        proxy_half_close on;
                        proxy_protocol %s;
                    }
                }
                """.formatted(Files.exists(NGINX_STREAM) ? "load_module " + NGINX_STREAM + "; " : "", file, file,
                servers(wiring, (number, address) -> "server " + address + ";"), text(wiring.front()),
                wiring.acceptProxy() ? " proxy_protocol" : "", wiring.sendProxy() ? "on" : "off");
    }

    private interface Line {
        String of(int number, String address);
    }

    private static String servers(Wiring wiring, Line line) {
        List<String> lines = new ArrayList<>();
        for (InetSocketAddress backend : wiring.backends()) {
            lines.add(line.of(lines.size(), text(backend)));
        }
        return lines.stream().collect(Collectors.joining("\n"));
    }

    private static String text(InetSocketAddress address) {
        return HostPort.of(address).toString();
    }
}
