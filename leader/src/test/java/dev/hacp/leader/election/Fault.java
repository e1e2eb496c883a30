package dev.hacp.leader.election;

import static dev.hacp.leader.election.SimulatedWorld.MILLI;

import dev.hacp.core.Fitness;
import dev.hacp.core.StandDown;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/// One fault of one node, or of the API, that the [ExhaustiveModel] places: how it begins, and how it ends by itself.
///
/// @param kind   the row of the table in docs/adr/0003
/// @param target the nodes by their part when it begins: the owner, and the followers f1 and f2
/// @param lasts  whether it has a length; else it is one event
record Fault(String kind, String target, boolean lasts, Consumer<Scene> begin, Consumer<Scene> end) {

    /// The world of one history, and who had which part when it had settled.
    record Scene(SimulatedWorld world, List<SimulatedNode> parts) {

        SimulatedNode part(int index) {
            return parts.get(index);
        }

        SimulatedApi api() {
            return world.api;
        }

        SimulatedNetwork network() {
            return world.network;
        }

        void run(int part, Consumer<Election> event) {
            part(part).run(event);
        }

        long local(int part) {
            return part(part).local(world.now());
        }
    }

    private static final String[] PARTS = {"owner", "f1", "f2"};

    @Override
    public String toString() {
        return target.isEmpty() ? kind : kind + " " + target;
    }

    /// Every fault at every node.
    static List<Fault> all() {
        List<Fault> all = new ArrayList<>();
        ofTheApi(all);
        for (int i = 0; i < PARTS.length; i++) {
            ofOne(all, i);
            for (int j = 0; j < PARTS.length; j++) {
                if (i != j) {
                    ofTwo(all, i, j);
                }
            }
        }
        return List.copyOf(all);
    }

    private static void ofTheApi(List<Fault> all) {
        lasting(all, "API down", "", s -> s.api().down = true, s -> s.api().down = false);
        lasting(all, "API hangs", "", s -> s.api().stallsUntil = s.world.now() + 1_500 * MILLI,
                s -> s.api().stallsUntil = 0);
        lasting(all, "API slow, 200 ms each way", "", s -> Arrays.fill(s.api().extra, 200 * MILLI),
                s -> Arrays.fill(s.api().extra, 0));
        lasting(all, "API stores no writes", "", s -> s.api().readOnly = true, s -> s.api().readOnly = false);
        lasting(all, "watches tell from an old cache", "", s -> s.api().cachesTell = true,
                s -> s.api().cachesTell = false);
        once(all, "Lease deleted", "", s -> s.api().deleteLease());
        once(all, "Lease edited: nobody", "", s -> s.api().edit("", s.world.storedTerm()));
        once(all, "Lease edited: a stranger", "", s -> s.api().edit("somebody else", s.world.storedTerm() + 1));
        once(all, "Lease edited: f1", "", s -> s.api().edit(s.part(1).name.value(), s.world.storedTerm() + 1));
        once(all, "Lease restored from a backup", "", s -> s.api().restore());
    }

    private static void ofOne(List<Fault> all, int i) {
        String name = PARTS[i];
        lasting(all, "isolated", name, s -> Chaos.isolate(s.world, s.part(i)), s -> {
            mend(s, i);
            s.api().cut[s.part(i).index] = false;
        });
        lasting(all, "cut off from the members", name, s -> Chaos.cutMembers(s.world, s.part(i)), s -> mend(s, i));
        lasting(all, "cut off from the API", name, s -> s.api().cut[s.part(i).index] = true,
                s -> s.api().cut[s.part(i).index] = false);
        lasting(all, "alone reaches the API", name, s -> {
            Arrays.fill(s.api().cut, true);
            s.api().cut[s.part(i).index] = false;
        }, s -> Arrays.fill(s.api().cut, false));
        lasting(all, "killed", name, s -> {
            if (s.part(i).isUp()) {
                s.part(i).crash();
                s.network().refused(s.part(i));
            }
        }, s -> {
            if (!s.part(i).isUp()) {
                s.part(i).boot();
            }
        });
        lasting(all, "agent stopped (SIGSTOP)", name, s -> s.part(i).pause(), s -> resume(s, i));
        lasting(all, "machine suspended", name, s -> s.part(i).freeze(false), s -> resume(s, i));
        lasting(all, "machine frozen with its clock", name, s -> s.part(i).freeze(true), s -> resume(s, i));
        lasting(all, "unfit", name, s -> s.part(i).fitness(Fitness.unfit("no healthy backend")),
                s -> s.part(i).fitness(Fitness.FIT));
        lasting(all, "firewall refuses all members", name, s -> others(s, i, s.network()::refuse),
                s -> others(s, i, s.network()::admit));
        lasting(all, "probes lost", name, s -> others(s, i, (one, other) -> {
            s.network().loseProbes(one.index, other.index);
        }), s -> {
            others(s, i, (one, other) -> s.network().probesLost[one.index][other.index] = false);
            s.network().kernelsChanged();
        });
        lasting(all, "heartbeats 300 ms late", name, s -> others(s, i, (one, other) -> {
            s.network().slow[one.index][other.index] = 300 * MILLI;
        }), s -> others(s, i, (one, other) -> s.network().slow[one.index][other.index] = 0));
        once(all, "SIGTERM", name, s -> s.run(i, e -> e.stop(s.local(i))));
        once(all, "link down, asked to let go", name,
                s -> s.run(i, e -> e.relinquish(StandDown.LINK_DOWN, 1_000 * MILLI, s.local(i))));
        once(all, "member Lease deleted", name, s -> s.api().removeMember(s.part(i)));
    }

    private static void ofTwo(List<Fault> all, int i, int j) {
        String names = PARTS[i] + " " + PARTS[j];
        lasting(all, "one-way cut", names, s -> s.network().cut(s.part(i).index, s.part(j).index),
                s -> s.network().mend(s.part(i).index, s.part(j).index));
        if (i < j) {
            lasting(all, "cut between two", names, s -> {
                s.network().cut(s.part(i).index, s.part(j).index);
                s.network().cut(s.part(j).index, s.part(i).index);
            }, s -> {
                s.network().mend(s.part(i).index, s.part(j).index);
                s.network().mend(s.part(j).index, s.part(i).index);
            });
            lasting(all, "firewall refuses between two", names, s -> s.network().refuse(s.part(i), s.part(j)),
                    s -> s.network().admit(s.part(i), s.part(j)));
        }
        if (i == 0) {
            once(all, "handover", names,
                    s -> s.run(0, e -> e.handover(Optional.of(s.part(j).name), s.local(0))));
        }
    }

    private static void lasting(List<Fault> all, String kind, String target, Consumer<Scene> begin,
            Consumer<Scene> end) {
        all.add(new Fault(kind, target, true, begin, end));
    }

    private static void once(List<Fault> all, String kind, String target, Consumer<Scene> begin) {
        all.add(new Fault(kind, target, false, begin, _ -> {}));
    }

    private static void resume(Scene scene, int part) {
        if (scene.part(part).isPaused()) {
            scene.part(part).resume();
        }
    }

    private static void mend(Scene scene, int part) {
        others(scene, part, (one, other) -> {
            scene.network().mend(one.index, other.index);
            scene.network().mend(other.index, one.index);
        });
    }

    private static void others(Scene scene, int part, BiConsumer<SimulatedNode, SimulatedNode> todo) {
        SimulatedNode one = scene.part(part);
        scene.world.nodes().stream().filter(other -> other != one).forEach(other -> todo.accept(one, other));
    }
}
