package dev.hacp.cli.doctor;

import dev.hacp.core.HostPort;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// etcd as the API servers see it: each asks its own member, or all of them.
final class EtcdView {

    private final List<HostPort> reaching = new ArrayList<>();
    private final List<HostPort> cutOff = new ArrayList<>();

    /// @param readyz the verbose answer of one API server: a line `[+]etcd ok` or `[-]etcd failed: reason withheld`
    void read(HostPort server, String readyz) {
        if (readyz.lines().anyMatch(line -> line.startsWith("[-]etcd"))) {
            cutOff.add(server);
        } else if (readyz.lines().anyMatch(line -> line.startsWith("[+]etcd"))) {
            reaching.add(server);
        }
    }

    void tell(Consumer<Finding> findings) {
        if (!cutOff.isEmpty()) {
            findings.accept(Finding.failure("etcd", "not reached by the API servers " + cutOff,
                    reaching.isEmpty()
                            ? "nothing in the cluster can change; the VIP stays where it is"
                            : "one more member lost may cost the quorum, and with it every change",
                    "etcdctl endpoint health --cluster, then the log of the member that fails"));
        } else if (!reaching.isEmpty()) {
            findings.accept(Finding.ok("etcd", "reached by "
                    + (reaching.size() == 1
                            ? "the one API server that reports it"
                            : "all " + reaching.size()
                                    + " API servers that report it")));
        }
    }
}
