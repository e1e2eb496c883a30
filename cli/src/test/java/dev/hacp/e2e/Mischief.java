package dev.hacp.e2e;

import dev.hacp.core.VirtualIp;
import dev.hacp.testbed.agent.Cluster;
import dev.hacp.testbed.agent.HacpProcess;
import dev.hacp.testbed.kube.ApiServer;
import dev.hacp.testbed.kube.EtcdMember;
import dev.hacp.testbed.lan.Host;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/// What goes wrong on a LAN, chosen by a seed. Several faults may overlap; [#heal] puts all of them right.
final class Mischief {

    private enum Fault {
        CUT_OFF,
        BLACK_HOLE,
        ONE_WAY,
        AGENT_KILL,
        AGENT_STOP,
        API_KILL,
        ETCD_KILL,
        LINK_FLAP
    }

    private final Cluster cluster;
    private final VirtualIp vip;
    private final SplittableRandom random;
    private final Set<HacpProcess> paused = new HashSet<>();

    Mischief(Cluster cluster, VirtualIp vip, SplittableRandom random) {
        this.cluster = cluster;
        this.vip = vip;
        this.random = random;
    }

    /// Makes one fault; mostly the owner is hit.
    ///
    /// @return what it was, for the story
    String cause() {
        List<Fault> possible = new ArrayList<>(List.of(Fault.values()));
        if (cluster.plane().etcd().isEmpty()) {
            possible.remove(Fault.ETCD_KILL);
        }
        // The same numbers are drawn whatever the cluster does in the meantime: a seed is one sequence.
        Fault fault = possible.get(random.nextInt(possible.size()));
        boolean hitsOwner = random.nextInt(3) > 0;
        List<Host> nodes = cluster.nodes();
        Host drawn = nodes.get(random.nextInt(nodes.size()));
        int further = random.nextInt(1, nodes.size());
        boolean first = random.nextBoolean();
        List<Host> holders = hitsOwner ? cluster.lan().holders(vip) : List.of();
        Host node = holders.isEmpty() ? drawn : holders.getFirst();
        Host other = nodes.get((nodes.indexOf(node) + further) % nodes.size());
        return switch (fault) {
            case CUT_OFF -> {
                cluster.lan().cutOff(node);
                yield node + " is cut off";
            }
            case BLACK_HOLE -> {
                cluster.lan().blackHole(node);
                yield node + " is cut off, with its carrier";
            }
            case ONE_WAY -> {
                Host from = first ? other : node;
                Host to = first ? node : other;
                cluster.lan().oneWayCut(from, to);
                yield to + " does not hear " + from;
            }
            case AGENT_KILL -> {
                HacpProcess agent = cluster.agent(node);
                if (agent.isAlive()) {
                    agent.kill();
                }
                paused.remove(agent);
                yield agent + " is killed";
            }
            case AGENT_STOP -> {
                HacpProcess agent = cluster.agent(node);
                if (agent.isAlive() && paused.add(agent)) {
                    agent.pause();
                }
                yield agent + " is paused";
            }
            case API_KILL -> {
                ApiServer server = cluster.plane().apiServer(node);
                server.kill();
                yield server.commonName() + " is killed";
            }
            case ETCD_KILL -> {
                EtcdMember member = cluster.plane().etcd().get(nodes.indexOf(node));
                member.kill();
                yield "etcd on " + member.host() + " is killed";
            }
            case LINK_FLAP -> {
                node.flap();
                yield "the link of " + node + " flaps";
            }
        };
    }

    /// Cables in, what is paused goes on, what died runs again and is ready.
    void heal() {
        cluster.nodes().forEach(cluster.lan()::heal);
        paused.stream().filter(HacpProcess::isAlive).forEach(HacpProcess::resume);
        paused.clear();
        cluster.plane().start();
        cluster.startAgents();
    }
}
