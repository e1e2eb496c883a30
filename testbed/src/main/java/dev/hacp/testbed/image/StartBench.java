package dev.hacp.testbed.image;

import dev.hacp.testbed.Await;
import dev.hacp.testbed.agent.HacpProcess;
import dev.hacp.testbed.agent.Probe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Scanner;

/// How long an agent takes from its start until a client is served through the VIP, and how much memory it holds at rest,
/// with and without what the image adds. One node, so that nobody else is asked or waited for; the API server runs already.
public final class StartBench {

    private static final Duration PATIENCE = Duration.ofMinutes(1);
    // Start-up garbage, the first health checks and renewals are behind it.
    private static final Duration REST = Duration.ofSeconds(15);

    private record Sample(long adminMillis, long readyMillis, long servedMillis, double rss, double pss) {}

    private StartBench() {}

    /// Arguments: rounds, then the root file system that `deploy/image/build --rootfs` made.
    public static void main(String[] args) throws Exception {
        int rounds = Integer.parseInt(args[0]);
        Path root = Path.of(args[1]).toAbsolutePath();
        List<String> shipped = options(root);
        Map<String, List<String>> variants = new LinkedHashMap<>();
        variants.put("java -jar", List.of());
        variants.put("shipped flags, no AOT cache", shipped.stream().filter(o -> !o.contains("AOTCache")).toList());
        variants.put("as shipped", shipped);
        try (LoneNode node = LoneNode.create(Path.of("target", "bench-start").toAbsolutePath())) {
            Map<String, List<Sample>> samples = new LinkedHashMap<>();
            for (int round = 0; round < rounds; round++) {
                for (Map.Entry<String, List<String>> variant : variants.entrySet()) {
                    List<String> command = new ArrayList<>(List.of(root.resolve("opt/java/bin/java").toString()));
                    command.addAll(variant.getValue());
                    command.addAll(List.of("-jar", root.resolve("opt/hacp/hacp.jar").toString()));
                    command.addAll(node.run());
                    samples.computeIfAbsent(variant.getKey(), _ -> new ArrayList<>()).add(measure(node, command));
                }
            }
            print(samples);
        }
    }

    /// The image's own, with its folder put where this machine has it.
    private static List<String> options(Path root) throws IOException {
        return Files.readAllLines(root.resolve("opt/hacp/java.options")).stream()
                .filter(line -> !line.startsWith("-jar")).map(line -> line.replace("=/opt/", "=" + root + "/opt/"))
                .toList();
    }

    private static Sample measure(LoneNode node, List<String> command) throws IOException {
        try (HacpProcess agent = node.agent("agent.log", command)) {
            long started = System.nanoTime();
            agent.start();
            long admin = answers(agent, "/healthz") - started;
            long ready = answers(agent, "/readyz") - started;
            long served;
            try (Probe probe = node.probe()) {
                probe.awaitSuccessAfter(started, PATIENCE);
                served = probe.attempts().stream().filter(Probe.Attempt::succeeded)
                        .mapToLong(Probe.Attempt::endNanos).min().orElseThrow() - started;
            }
            long rest = System.nanoTime() + REST.toNanos();
            Await.until("it has rested", REST.plus(PATIENCE), () -> System.nanoTime() > rest);
            Path proc = Path.of("/proc", Long.toString(agent.pid()));
            Sample sample = new Sample(admin / 1_000_000, ready / 1_000_000, served / 1_000_000,
                    megabytes(proc.resolve("status"), "VmRSS:"), megabytes(proc.resolve("smaps_rollup"), "Pss:"));
            agent.terminate(PATIENCE);
            return sample;
        }
    }

    private static long answers(HacpProcess agent, String page) {
        Await.until(page + " answers ok", PATIENCE, () -> agent.page(page).startsWith("ok"), () -> agent.logTail(20));
        return System.nanoTime();
    }

    private static double megabytes(Path file, String key) throws IOException {
        String line = Files.readAllLines(file).stream().filter(each -> each.startsWith(key)).findFirst()
                .orElseThrow(() -> new IOException(file + " has no " + key));
        try (Scanner words = new Scanner(line.substring(key.length()))) {
            return words.nextLong() / 1024.0;
        }
    }

    private static void print(Map<String, List<Sample>> samples) {
        System.out.println(
                "| | alive, ms | ready, ms | client served through the VIP, ms | RSS at rest, MB | PSS, MB |");
        System.out.println("|---|---|---|---|---|---|");
        samples.forEach((name, each) -> System.out.printf(Locale.ROOT, "| %s | %s | %s | %s | %s | %s |%n", name,
                text(each.stream().mapToDouble(Sample::adminMillis).toArray()),
                text(each.stream().mapToDouble(Sample::readyMillis).toArray()),
                text(each.stream().mapToDouble(Sample::servedMillis).toArray()),
                text(each.stream().mapToDouble(Sample::rss).toArray()),
                text(each.stream().mapToDouble(Sample::pss).toArray())));
    }

    /// The median, and the range.
    private static String text(double[] values) {
        Arrays.sort(values);
        return String.format(Locale.ROOT, "%.0f (%.0f to %.0f)", values[values.length / 2], values[0],
                values[values.length - 1]);
    }
}
