package dev.hacp.testbed.bench;

import dev.hacp.testbed.agent.Cluster;
import dev.hacp.testbed.kube.ApiServer;
import dev.hacp.testbed.kube.EtcdMember;
import dev.hacp.testbed.lan.Host;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// An API server or an etcd member at a time is paused (SIGSTOP), longer than a renewal may take, then the next one.
final class Stalls implements Scenario {

    private static final Duration STALL = Duration.ofSeconds(12);
    private static final Duration TURN = STALL.plusSeconds(6);

    private final List<Target> targets;
    private int stalled = -1;
    private long stalls;

    private record Target(ApiServer server, Optional<EtcdMember> etcd) {

        void pause() {
            if (etcd.isPresent()) {
                etcd.filter(EtcdMember::isRunning).ifPresent(EtcdMember::pause);
            } else if (server.isRunning()) {
                server.pause();
            }
        }

        void resume() {
            if (etcd.isPresent()) {
                etcd.filter(EtcdMember::isRunning).ifPresent(EtcdMember::resume);
            } else if (server.isRunning()) {
                server.resume();
            }
        }
    }

    Stalls(Cluster cluster) {
        targets = new ArrayList<>();
        for (Host node : cluster.nodes()) {
            ApiServer server = cluster.plane().apiServer(node);
            targets.add(new Target(server, Optional.empty()));
            cluster.plane().etcd().stream().filter(member -> member.host().equals(node))
                    .forEach(member -> targets.add(new Target(server, Optional.of(member))));
        }
    }

    @Override
    public String title() {
        return "an API server, an etcd member stalled for " + STALL.toSeconds() + " s in turns";
    }

    @Override
    public void begin(SideBySide sides, Duration length) {
        stalls = 0;
    }

    @Override
    public void tick(SideBySide sides, Duration elapsed) {
        long turn = elapsed.dividedBy(TURN);
        boolean still = elapsed.minus(TURN.multipliedBy(turn)).compareTo(STALL) < 0;
        int wanted = still ? (int) (turn % targets.size()) : -1;
        if (wanted == stalled) {
            return;
        }
        resume();
        if (wanted >= 0) {
            targets.get(wanted).pause();
            stalled = wanted;
            stalls++;
        }
    }

    private void resume() {
        if (stalled >= 0) {
            targets.get(stalled).resume();
            stalled = -1;
        }
    }

    @Override
    public String end(SideBySide sides) {
        resume();
        return stalls + " stalls";
    }
}
