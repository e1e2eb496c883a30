package dev.hacp.testbed.bench;

import dev.hacp.core.VirtualIp;
import dev.hacp.testbed.agent.Cluster;
import dev.hacp.testbed.agent.HacpProcess;
import dev.hacp.testbed.lan.Host;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// hacp with its defaults, as everybody else would run it.
final class Hacp implements Contender {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final Cluster cluster;
    private final VirtualIp vip;
    private final Set<HacpProcess> ending = new HashSet<>();
    private int starts;

    Hacp(Cluster cluster, VirtualIp vip) {
        this.cluster = cluster;
        this.vip = vip;
    }

    @Override
    public Product product() {
        return Product.HACP;
    }

    @Override
    public VirtualIp vip() {
        return vip;
    }

    @Override
    public void start() {
        List<HacpProcess> absent = cluster.agents().stream().filter(agent -> !agent.isAlive()).toList();
        absent.forEach(HacpProcess::start);
        starts += absent.size();
    }

    @Override
    public int starts() {
        return starts;
    }

    @Override
    public void settle() {
        ending.forEach(agent -> agent.awaitExit(PATIENCE));
        ending.clear();
        start();
        cluster.awaitBackends(cluster.awaitSettled(PATIENCE), "up");
        cluster.awaitMembers();
    }

    @Override
    public void kill(Host node) {
        cluster.agent(node).kill();
    }

    @Override
    public void pause(Host node) {
        cluster.agent(node).pause();
    }

    @Override
    public void resume(Host node) {
        cluster.agent(node).resume();
    }

    @Override
    public void terminate(Host node) {
        ending.add(cluster.agent(node));
        cluster.agent(node).beginTerminate();
    }

    @Override
    public void close() {
        cluster.agents().stream().filter(HacpProcess::isAlive).forEach(HacpProcess::beginTerminate);
        cluster.agents().stream().filter(HacpProcess::isAlive).forEach(agent -> agent.awaitExit(PATIENCE));
        ending.clear();
    }
}
