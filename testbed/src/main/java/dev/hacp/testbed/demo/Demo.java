package dev.hacp.testbed.demo;

import dev.hacp.core.VirtualIp;
import dev.hacp.testbed.Await;
import dev.hacp.testbed.Shell;
import dev.hacp.testbed.agent.Cluster;
import dev.hacp.testbed.agent.HacpProcess;
import dev.hacp.testbed.agent.Probe;
import dev.hacp.testbed.lan.Capture;
import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Three nodes, one VIP, clients that keep working while a node is cut off, and then while the owner is stopped for
/// maintenance. The agents are the fat jar with the `run` command, as on a real cluster; the LAN is on this machine.
public final class Demo {

    private static final VirtualIp VIP = Lan.vip4();
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final long started = System.nanoTime();
    private final Cluster cluster;

    private Demo(Cluster cluster) {
        this.cluster = cluster;
    }

    /// Takes no arguments; ends with 1 when clients were not served again.
    public static void main(String[] args) throws Exception {
        Path folder = Files.createDirectories(Path.of("target", "demo")).toAbsolutePath();
        try (Cluster cluster = new Cluster(folder, List.of(VIP), List.of())) {
            new Demo(cluster).run();
        } catch (AssertionError | IllegalStateException e) {
            System.out.println("\nThe demo failed: " + e.getMessage() + "\nLogs are in " + folder);
            System.exit(1);
        }
        System.out.println("\nEverything is removed again; logs are in " + folder);
    }

    private void run() throws Exception {
        say("three nodes and a client on a LAN of network namespaces: " + cluster.nodes() + ", " + cluster.client());
        cluster.plane().start();
        say("three API servers are ready");
        cluster.startAgents();
        Host owner = cluster.awaitSettled(Duration.ofMinutes(1));
        say(owner.name() + " owns the VIP " + VIP + "; clients are served at " + cluster.vipUrl());
        cluster.awaitBackends(owner, "up");
        Map<String, Integer> servers = cluster.dialer(VIP).spread(300);
        say("300 client connections, by the certificate of the API server that answered: " + servers);
        try (Probe probe = cluster.probe()) {
            say("a client opens a new connection to the VIP every " + Probe.INTERVAL.toMillis() + " ms from now on");
            probe.awaitSuccessAfter(System.nanoTime(), PATIENCE);

            act(probe, owner, "the network cable of " + owner.name() + ", the owner, is pulled",
                    () -> cluster.lan().cutOff(owner));
            cluster.lan().heal(owner);
            Host second = cluster.awaitSettled(PATIENCE);
            say("the cable is in again: one owner, " + second.name() + ", agreed on by all; no address left on "
                    + owner.name());

            HacpProcess agent = cluster.agent(second);
            act(probe, second, "the agent on " + second.name() + " is told to stop (SIGTERM)", agent::beginTerminate);
            say("it ended with exit code " + agent.awaitExit(PATIENCE));
            agent.start();
            Host third = cluster.awaitSettled(PATIENCE);
            say("it runs again; " + third.name() + " goes on as owner");
        }
    }

    /// Does it, waits until another node serves, and prints what happened.
    private void act(Probe probe, Host owner, String what, Runnable fault) {
        try (Announcements capture = Announcements.arp(cluster.client())) {
            say(what);
            Instant at = Instant.now();
            long nanos = System.nanoTime();
            fault.run();
            Await.until("another node has the VIP", PATIENCE, () -> cluster.lan().holders(VIP).stream()
                    .anyMatch(host -> !host.equals(owner)), cluster::evidence);
            probe.awaitSuccessAfter(System.nanoTime(), PATIENCE);
            Probe.Gap gap = probe.longestGapSince(nanos);
            Timeline timeline = new Timeline(at);
            timeline.add(at, "demo", what);
            timeline.add(at.plusNanos(gap.toNanos() - nanos), "client", "a new connection is served again");
            cluster.agents().stream().filter(HacpProcess::isAlive).forEach(timeline::addAgent);
            capture.addTo(timeline);
            timeline.text().forEach(System.out::println);
            System.out.printf(Locale.ROOT, "  new connections were not served for %.3f s; %d attempts failed%n",
                    gap.duration().toNanos() / 1e9, probe.failuresSince(nanos - Probe.INTERVAL.toNanos()).size());
        }
    }

    private void say(String text) {
        System.out.printf(Locale.ROOT, "%7.1f s  %s%n", (System.nanoTime() - started) / 1e9, text);
    }

    /// A capture of announcements where tcpdump is there.
    private record Announcements(Optional<Capture> capture) implements AutoCloseable {

        static Announcements arp(Host client) {
            return new Announcements(Shell.find("tcpdump").isEmpty()
                    ? Optional.empty()
                    : Optional.of(Capture.start(client, "arp and src host " + VIP + " and dst host " + VIP)));
        }

        void addTo(Timeline timeline) {
            capture.ifPresent(timeline::addAnnouncement);
        }

        @Override
        public void close() {
            capture.ifPresent(Capture::close);
        }
    }
}
