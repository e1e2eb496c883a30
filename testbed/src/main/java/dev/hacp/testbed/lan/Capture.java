package dev.hacp.testbed.lan;

import dev.hacp.testbed.Await;
import dev.hacp.testbed.Shell;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// What went over an interface, recorded by tcpdump.
public final class Capture implements AutoCloseable {

    private final Daemon tcpdump;
    private final Path file;

    private Capture(Daemon tcpdump, Path file) {
        this.tcpdump = tcpdump;
        this.file = file;
    }

    /// Starts to record and returns when tcpdump listens.
    ///
    /// @param filter a pcap filter: `arp or icmp6`
    public static Capture start(NetNamespace namespace, String networkInterface, String filter) {
        try {
            Path folder = Files.createTempDirectory("hacp-capture");
            Path file = folder.resolve("capture.pcap");
            // -Z root: tcpdump else becomes user tcpdump, which may not write the file.
            Daemon tcpdump = Daemon.start(namespace, folder.resolve("tcpdump.log"), Map.of(), List.of("tcpdump", "-i",
                    networkInterface, "-n", "-U", "--immediate-mode", "-Z", "root", "-w", file.toString(), filter));
            Capture capture = new Capture(tcpdump, file);
            Await.until("tcpdump listens on " + networkInterface, Duration.ofSeconds(10),
                    () -> tcpdump.log().contains("listening on"), tcpdump::log);
            return capture;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// As above on a host's interface.
    public static Capture start(Host host, String filter) {
        return start(host.namespace(), Host.INTERFACE, filter);
    }

    /// The packets so far, one line each as `tcpdump -n -e -tt` prints them: epoch seconds first.
    public List<String> lines() {
        return Shell.run("tcpdump", "-n", "-e", "-tt", "-r", file.toString()).lines()
                .filter(line -> !line.startsWith("reading from file") && !line.startsWith("tcpdump:")
                        && !line.startsWith("Warning:"))
                .toList();
    }

    /// The pcap file, for tshark.
    public Path file() {
        return file;
    }

    @Override
    public void close() {
        tcpdump.close();
        try {
            Files.deleteIfExists(file);
            Files.deleteIfExists(tcpdump.logFile());
            Files.deleteIfExists(file.toAbsolutePath().getParent());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
