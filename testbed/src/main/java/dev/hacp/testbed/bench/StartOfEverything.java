package dev.hacp.testbed.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A site comes back: etcd, API servers and all agents start at once, the agents without an AOT cache, and beside them builds
/// and short-lived JVMs go on to the end.
final class StartOfEverything implements Scenario {

    /// Time for the API servers to come up under this load, a minute or two, and for longer than that afterwards.
    private static final Duration STRETCH = Duration.ofMinutes(5);
    // With the threads of the JVMs and of what starts about 45 want one of two processors.
    private static final int BUILDS = 4;
    private static final int SHORT_JVMS = 20;
    private static final String FLAGS = "hacp.java.flags";

    private final Path folder;
    private final String flags = System.getProperty(FLAGS, "");
    private @Nullable Load load;

    StartOfEverything(Path folder) {
        this.folder = folder;
    }

    @Override
    public String title() {
        return "start of everything beside " + BUILDS + " builds and " + SHORT_JVMS + " short JVMs at a time";
    }

    @Override
    public int stretches(Duration length) {
        return (int) Math.max(1, length.dividedBy(STRETCH));
    }

    @Override
    public void prepare(SideBySide sides) {
        sides.stopEverything();
        agentsWith("", sides);
    }

    @Override
    public void begin(SideBySide sides, Duration length) {
        load = new Load(length);
        Path java = Path.of(System.getProperty("java.home"), "bin");
        load.add(SHORT_JVMS, "while :; do \"$@\"; done", java.resolve("java").toString(), "-XX:+UseSerialGC",
                "-Xmx64m", "-XX:TieredStopAtLevel=1", "--list-modules");
        load.add(BUILDS, "while :; do \"$@\"; done", java.resolve("javac").toString(), "-J-Xmx256m",
                "-J-XX:+UseSerialGC", "-proc:none", "-d", folder.resolve("classes").toString(), "-cp",
                System.getProperty("java.class.path"), "@" + sources());
        sides.startWhatHasEnded();
    }

    private Path sources() {
        try (Stream<Path> files = Files.walk(Path.of("testbed/src/main/java"))) {
            Path list = Files.createDirectories(folder).resolve("sources");
            return Files.writeString(list, files.filter(file -> file.toString().endsWith(".java"))
                    .map(Path::toString).collect(Collectors.joining("\n")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void agentsWith(String flags, SideBySide sides) {
        List<Contender> hacp = sides.contenders().stream().filter(each -> each.product() == Product.HACP).toList();
        // With more patience than a change of configuration has.
        hacp.forEach(Contender::close);
        System.setProperty(FLAGS, flags);
        sides.cluster().configure(hacp.stream().map(Contender::vip).toList(), List.of());
    }

    @Override
    public String end(SideBySide sides) {
        if (load != null) {
            load.close();
        }
        agentsWith(flags, sides);
        return "";
    }
}
