package dev.hacp.testbed.bench.conformance;

import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// `bin/bench conformance`: which balancer does what is right, scenario by scenario, all of them at the same time on one LAN. Ends with
/// 1 when hacp does not.
public final class ConformanceBench {

    private static final int FRONT = 7_000;
    private static final int BACK = 9_000;
    /// Nobody listens there.
    private static final int REFUSING = 8_999;

    private final List<Proxy> proxies;
    private final Path folder;
    private final Lan lan = Lan.create();
    private final Host clients = lan.host("clients");
    private final Host middle = lan.host("balancer");
    private final Host servers = lan.host("servers");
    private final Host dropping = lan.host("dropping");
    private int number;

    private ConformanceBench(List<Proxy> proxies, Path folder) {
        this.proxies = proxies;
        this.folder = folder;
        dropping.namespace()
                .nft("table inet drops {\nchain in { type filter hook input priority 0; policy drop; }\n}\n");
    }

    /// @param args `--only NAME,…`, `--proxies NAME,…`, `--out FILE`
    public static void main(String[] args) throws Exception {
        Map<String, String> options = options(args);
        List<Scenario> scenarios = Stream
                .of(StreamScenarios.all(), PeerScenarios.all(), DialScenarios.all()).flatMap(List::stream)
                .filter(s -> selected(options, "--only", s.name())).toList();
        List<Proxy> proxies = Arrays.stream(Proxy.values()).filter(p -> selected(options, "--proxies", p.toString()))
                .filter(ConformanceBench::isThere).toList();
        Path out = Path.of(options.getOrDefault("--out", "target/bench-conformance/table.md"));
        Path folder = Files.createDirectories(out.toAbsolutePath().getParent());
        ConformanceBench bench = new ConformanceBench(proxies, folder);
        Map<Scenario, Map<Proxy, String>> results = new LinkedHashMap<>();
        try {
            for (Scenario scenario : scenarios) {
                Map<Proxy, String> verdicts = bench.run(scenario);
                results.put(scenario, verdicts);
                System.out.println(row(scenario, verdicts, proxies));
                Files.writeString(out, table(results, proxies));
            }
        } finally {
            bench.lan.close();
        }
        System.out.println("\n" + table(results, proxies));
        System.exit(results.values().stream().allMatch(v -> v.getOrDefault(Proxy.HACP, "").isEmpty()) ? 0 : 1);
    }

    private static Map<String, String> options(String... args) {
        Map<String, String> options = new LinkedHashMap<>();
        for (int i = 0; i < args.length; i += 2) {
            if (!List.of("--only", "--proxies", "--out").contains(args[i]) || i + 1 == args.length) {
                throw new IllegalArgumentException(
                        "'" + args[i] + "' (expected: --only NAME,… --proxies NAME,… --out FILE)");
            }
            options.put(args[i], args[i + 1]);
        }
        return options;
    }

    private static boolean selected(Map<String, String> options, String option, String name) {
        String wanted = options.get(option);
        return wanted == null || List.of(wanted.split(",")).contains(name);
    }

    private static boolean isThere(Proxy proxy) {
        if (!proxy.isThere()) {
            System.out.println(proxy + " is left out: it is not on this machine");
        }
        return proxy.isThere();
    }

    private Map<Proxy, String> run(Scenario scenario) throws Exception {
        List<Route> routes = new ArrayList<>();
        try {
            for (Proxy proxy : proxies) {
                routes.add(route(scenario, proxy));
            }
            Map<Proxy, String> verdicts = new LinkedHashMap<>();
            scenario.course().run(routes).forEach((route, verdict) -> verdicts.put(route.proxy(), verdict));
            return verdicts;
        } finally {
            routes.forEach(Route::close);
        }
    }

    private Route route(Scenario scenario, Proxy proxy) throws IOException {
        int port = number++;
        InetSocketAddress good = new InetSocketAddress(servers.ipv4(), BACK + port);
        InetSocketAddress refusing = new InetSocketAddress(servers.ipv4(), REFUSING);
        List<InetSocketAddress> backends = switch (scenario.setup()) {
            case PLAIN, PROXY_IN, PROXY_OUT -> List.of(good);
            case ONE_REFUSES -> List.of(refusing, good);
            case ONE_DROPS -> List.of(new InetSocketAddress(dropping.ipv4(), REFUSING), good);
            case ALL_REFUSE -> List.of(refusing);
        };
        Wiring wiring = new Wiring(new InetSocketAddress(middle.ipv4(), FRONT + port), backends,
                scenario.setup() == Scenario.Setup.PROXY_IN, scenario.setup() == Scenario.Setup.PROXY_OUT);
        ServerSocket listener = servers.call(() -> new ServerSocket(good.getPort(), 64, good.getAddress()));
        return new Route(proxy, clients, middle, wiring, listener,
                folder.resolve(scenario.name() + "-" + proxy + ".conf"));
    }

    private static String table(Map<Scenario, Map<Proxy, String>> results, List<Proxy> proxies) {
        StringBuilder table = new StringBuilder("| `--only` | what is right |");
        proxies.forEach(proxy -> table.append(' ').append(proxy).append(" |"));
        table.append("\n|---|---|").append("---|".repeat(proxies.size())).append('\n');
        results.forEach((scenario, verdicts) -> table.append(row(scenario, verdicts, proxies)).append('\n'));
        return table.toString();
    }

    private static String row(Scenario scenario, Map<Proxy, String> verdicts, List<Proxy> proxies) {
        return "| `" + scenario.name() + "` | " + scenario.right() + " | "
                + proxies.stream().map(proxy -> word(verdicts.getOrDefault(proxy, "not run")))
                        .collect(Collectors.joining(" | "))
                + " |";
    }

    private static String word(String verdict) {
        return verdict.isEmpty() ? "yes" : "**no**: " + verdict.strip().replace("|", "/");
    }
}
