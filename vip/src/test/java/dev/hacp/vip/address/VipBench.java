package dev.hacp.vip.address;

import dev.hacp.core.MacAddress;
import dev.hacp.core.StandDown;
import dev.hacp.core.VirtualIp;
import dev.hacp.testbed.Await;
import dev.hacp.testbed.Shell;
import dev.hacp.testbed.lan.Capture;
import dev.hacp.testbed.lan.Daemon;
import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import dev.hacp.vip.netlink.LinkEntry;
import dev.hacp.vip.netlink.RtNetlink;
import dev.hacp.vip.wire.PcapWire;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;

/// `bin/bench vip`: what the address keeper promises, measured with real kernels and real packets. Not a test.
public final class VipBench {

    private static final int ROUNDS = 100;
    private static final int WARM_UP = 20;
    private static final int DEATHS = 20;
    private static final int HOSTS = 4;
    private static final int REARMS = 300;
    private static final Duration REARM_PACE = Duration.ofMillis(20);

    private VipBench() {}

    public static void main(String[] args) throws Exception {
        System.out.println("| what | p50 | p99 | worst | promised |");
        System.out.println("|---|---|---|---|---|");
        moves();
        deaths();
        System.out.println();
        frames();
        listeners();
        System.exit(0);
    }

    /// The VIP moves to and fro between two keepers; a third host listens and has the VIP in its neighbour cache.
    private static void moves() throws Exception {
        List<Double> first = new ArrayList<>();
        List<Double> switched = new ArrayList<>();
        List<Double> put = new ArrayList<>();
        try (Lan lan = Lan.create()) {
            List<Host> hosts = lan.hosts("a", "b", "client");
            Host client = hosts.get(2);
            AtomicLong heard = new AtomicLong();
            AtomicLong wanted = new AtomicLong();
            try (Node a = new Node(hosts.get(0), Duration.ofSeconds(3), Lan.vip4()).awaitFit();
                    Node b = new Node(hosts.get(1), Duration.ofSeconds(3), Lan.vip4()).awaitFit();
                    RtNetlink netlink = client.call(RtNetlink::open);
                    PcapWire listener = new PcapWire(client.namespace()::execute, (vip, by) -> {
                        if (by.bits() == wanted.get()) {
                            heard.compareAndSet(0, System.nanoTime());
                        }
                    }, () -> {})) {
                listener.serve(link(netlink), List.of(Lan.vip4()));
                Await.until("the client listens", Duration.ofSeconds(5), () -> listener.problem().isEmpty());
                for (int round = -WARM_UP; round < 2 * ROUNDS; round++) {
                    Node from = round % 2 == 0 ? b : a;
                    Node to = round % 2 == 0 ? a : b;
                    from.follow(StandDown.HANDOVER);
                    MacAddress mac = to.host.mac();
                    wanted.set(mac.bits());
                    heard.set(0);
                    // Watching the cache takes a core: the other half of the rounds tells how quick an undisturbed move is.
                    boolean watch = round < 0 || round % 4 >= 2;
                    Future<Long> cache = watch
                            ? inBackground(() -> awaitNeighbour(netlink, Lan.vip4(), mac))
                            : CompletableFuture.completedFuture(0L);
                    long start = System.nanoTime();
                    to.lead();
                    long held = System.nanoTime();
                    Await.until("the client hears it", Duration.ofSeconds(5), () -> heard.get() != 0);
                    if (round == -WARM_UP) {
                        // The neighbour must have an entry to be switched: only those who talk to the VIP have one.
                        lan.reaches(client, Lan.vip4().address());
                        cache.get();
                    } else if (round < 0) {
                        cache.get();
                    } else if (!watch) {
                        first.add((heard.get() - start) / 1e6);
                        put.add((held - start) / 1e6);
                    } else {
                        switched.add(Math.max(0, cache.get() - heard.get()) / 1e6);
                    }
                }
            }
        }
        row("takeover asked to first frame heard by a neighbour, ms", first, "5");
        row("takeover asked to put, read back and announced, ms", put, "");
        row("first frame to the neighbour's cache switched, ms", switched, "10");
    }

    private static <T> Future<T> inBackground(Callable<T> task) {
        FutureTask<T> future = new FutureTask<>(task);
        Thread.ofPlatform().daemon().start(future);
        return future;
    }

    private static LinkEntry link(RtNetlink netlink) throws IOException {
        return netlink.links().stream().filter(l -> l.name().equals(Host.INTERFACE)).findFirst().orElseThrow();
    }

    private static long awaitNeighbour(RtNetlink netlink, VirtualIp vip, MacAddress mac) throws IOException {
        long end = System.nanoTime() + Duration.ofSeconds(40).toNanos();
        while (System.nanoTime() < end) {
            if (netlink.neighbours().stream()
                    .anyMatch(n -> n.address().equals(vip.address()) && n.mac().equals(mac))) {
                return System.nanoTime();
            }
        }
        throw new IOException("the neighbour's cache did not switch");
    }

    /// How long the VIP outlives an agent that is killed or frozen.
    private static void deaths() throws Exception {
        Path folder = Files.createTempDirectory("hacp-bench-vip");
        try (Lan lan = Lan.create(); ExecutorService runners = Executors.newFixedThreadPool(HOSTS)) {
            for (String signal : List.of("KILL", "STOP")) {
                List<Future<List<Double>>> running = new ArrayList<>();
                for (int i = 0; i < HOSTS; i++) {
                    int number = i;
                    Host host = signal.equals("KILL") ? lan.host("h" + i) : lan.hosts().get(i);
                    running.add(runners.submit(() -> deaths(host, number, signal, folder)));
                }
                List<Double> millis = new ArrayList<>();
                for (Future<List<Double>> one : running) {
                    millis.addAll(one.get());
                }
                row("SIG" + signal + " to the address gone (fence 3 s), ms", millis, "4500");
            }
        }
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    private static List<Double> deaths(Host host, int number, String signal, Path folder) throws Exception {
        VirtualIp vip = new VirtualIp(Lan.address4(150 + number));
        List<Double> millis = new ArrayList<>();
        try (RtNetlink netlink = host.call(RtNetlink::open)) {
            for (int round = 0; round < DEATHS / HOSTS; round++) {
                Path log = folder.resolve(signal + number + "-" + round);
                try (Daemon agent = AgentProcess.start(host, log, 3, List.of(vip.toString()))) {
                    // Not always at the same distance from the last re-arming.
                    Await.until("some time", Duration.ofSeconds(5), after(Duration.ofMillis(230L * (round + 1))));
                    long start = System.nanoTime();
                    agent.signal(signal);
                    Await.until("the address is gone", Duration.ofSeconds(20),
                            () -> netlink.addresses().stream().noneMatch(e -> e.address().equals(vip.address())));
                    millis.add((System.nanoTime() - start) / 1e6);
                }
            }
        }
        return millis;
    }

    private static Callable<Boolean> after(Duration duration) {
        long end = System.nanoTime() + duration.toNanos();
        return () -> System.nanoTime() >= end;
    }

    /// What others make of the frames.
    private static void frames() throws Exception {
        try (Lan lan = Lan.create()) {
            Host a = lan.host("a");
            Host client = lan.host("client");
            try (Node node = new Node(a, Duration.ofSeconds(3), Lan.vip4(), Lan.vip6()).awaitFit();
                    Capture capture = Capture.start(client, "arp or (icmp6 and ip6[40] = 136)")) {
                node.lead();
                Await.until("two probes, three frames", Duration.ofSeconds(5), () -> capture.lines().size() >= 5);
                System.out.println("tcpdump:");
                // Without the time stamps, which are of no use to a reader.
                capture.lines().stream().limit(5)
                        .forEach(line -> System.out.println("    " + line.substring(line.indexOf(' ') + 1)));
                System.out.println("tshark, gratuitous ARP opcodes: " + tshark(capture, "arp.isgratuitous == 1",
                        "arp.opcode"));
                System.out.println("tshark, advertisement flags R S O: " + tshark(capture, "icmpv6.type == 136",
                        "icmpv6.nd.na.flag.r", "icmpv6.nd.na.flag.s", "icmpv6.nd.na.flag.o"));
            }
        }
    }

    private static String tshark(Capture capture, String filter, String... fields) {
        List<String> line = new ArrayList<>(List.of("tshark", "-r", capture.file().toString(), "-Y", filter, "-T",
                "fields"));
        for (String field : fields) {
            Collections.addAll(line, "-e", field);
        }
        return String.join(" ", Shell.attempt(line.toArray(String[]::new)).output().lines()
                .filter(text -> !text.startsWith("Running as")).distinct().toList());
    }

    /// What each re-arming costs the programs that listen to address changes. Slowly: what has gone to sleep in between
    /// costs more than what is kept awake.
    private static void listeners() throws Exception {
        Path networkd = Path.of("/usr/lib/systemd/systemd-networkd");
        List<List<String>> programs = new ArrayList<>(List.of(List.of("ip", "monitor", "address")));
        if (Files.isExecutable(networkd)) {
            programs.add(List.of(networkd.toString()));
        }
        for (List<String> program : programs) {
            try (Lan lan = Lan.create(); RtNetlink netlink = lan.host("a").call(RtNetlink::open)) {
                Path log = Files.createTempFile("hacp-bench-listener", ".log");
                try (Daemon listener = Daemon.start(lan.hosts().getFirst().namespace(), log, Map.of(), program)) {
                    Await.until("it started", Duration.ofSeconds(5), after(Duration.ofSeconds(1)));
                    if (listener.isAlive()) {
                        listen(Path.of(program.getFirst()).getFileName().toString(), listener, netlink);
                    } else {
                        System.out.println(program.getFirst() + " does not run here: " + listener.logTail(1));
                    }
                } finally {
                    Files.deleteIfExists(log);
                }
            }
        }
    }

    private static void listen(String name, Daemon listener, RtNetlink netlink) throws Exception {
        LinkEntry link = link(netlink);
        netlink.put(link, Lan.vip4().address(), Duration.ofSeconds(3));
        long before = cpuNanos(listener.pid());
        for (int i = 0; i < REARMS; i++) {
            netlink.put(link, Lan.vip4().address(), Duration.ofSeconds(3));
            Thread.sleep(REARM_PACE);
        }
        Await.until("it caught up", Duration.ofSeconds(5), after(Duration.ofSeconds(1)));
        double micros = (cpuNanos(listener.pid()) - before) / 1e3 / REARMS;
        System.out.printf("one re-arming costs %s %.0f us of CPU: %.4f %% of a core at one a second%n", name, micros,
                micros / 10_000);
        if (name.equals("ip")) {
            long seen = listener.log().lines().filter(line -> line.contains("inet 10.77.0.100/32")).count();
            System.out.printf("ip monitor printed %d changes for %d puts%n", seen, REARMS + 1);
        }
    }

    /// Of all threads, in steps of nanoseconds: /proc/PID/stat counts in 10 ms.
    private static long cpuNanos(long pid) throws IOException {
        long sum = 0;
        try (var threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
            for (Path thread : threads.toList()) {
                sum += Long.parseLong(Files.readString(thread.resolve("schedstat")).split(" ")[0]);
            }
        }
        return sum;
    }

    private static void row(String what, List<Double> values, String promised) {
        List<Double> sorted = values.stream().sorted().toList();
        System.out.printf("| %s (n=%d) | %.2f | %.2f | %.2f | %s |%n", what, sorted.size(), at(sorted, 0.5),
                at(sorted, 0.99), sorted.getLast(), promised);
    }

    private static double at(List<Double> sorted, double quantile) {
        return sorted.get((int) Math.min(sorted.size() - 1L, Math.round(quantile * (sorted.size() - 1))));
    }
}
