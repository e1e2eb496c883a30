package dev.hacp.testbed.bench;

import dev.hacp.testbed.Shell;
import dev.hacp.testbed.agent.Cluster;
import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// keepalived and kube-vip, configured as their own guides say.
final class Peers {

    private Peers() {}

    /// Those whose programs are on this machine.
    static List<Contender> find(Cluster cluster, Path folder, Optional<Path> kubeVip) {
        List<Contender> peers = new ArrayList<>();
        Shell.find("keepalived").ifPresent(program -> {
            peers.add(keepalived("keepalived 1s", cluster, folder, program, "", "1"));
            peers.add(keepalived("keepalived 0.1s", cluster, folder, program, "vrrp_version 3", "0.1"));
        });
        kubeVip.ifPresent(program -> {
            peers.add(kubeVip("kube-vip 15/10/2", cluster, folder, program, 15, 10, 2));
            peers.add(kubeVip("kube-vip 5/3/1", cluster, folder, program, 5, 3, 1));
        });
        return peers;
    }

    private static Contender keepalived(String name, Cluster cluster, Path folder, Path program, String version,
            String interval) {
        return new Daemons(name, cluster, folder, Map.of(), (node, number) -> {
            String slug = name.replace(' ', '-') + "-" + node.name();
            Path file = Files.createDirectories(folder).resolve(slug + ".conf");
            Files.writeString(file, """
                    global_defs {
                      %s
                    }
                    vrrp_instance vip {
                      state BACKUP
                      interface eth0
                      virtual_router_id 77
                      priority %d
                      advert_int %s
                      nopreempt
                      virtual_ipaddress {
                        %s/32 dev eth0
                      }
                    }
                    """.formatted(version, 100 - number, interval, Lan.vip4()));
            return List.of(program.toString(), "--dont-fork", "--log-console", "--vrrp", "--use-file",
                    file.toString(), "--pid", folder.resolve(slug + ".pid").toString(), "--vrrp_pid",
                    folder.resolve(slug + ".vrrp.pid").toString());
        });
    }

    /// Each asks the API server of its own node, as the manifest that kubeadm's guide generates does.
    private static Contender kubeVip(String name, Cluster cluster, Path folder, Path program, int lease, int deadline,
            int retry) {
        Map<String, String> environment = Map.ofEntries(Map.entry("vip_arp", "true"),
                Map.entry("port", "6443"), Map.entry("vip_interface", Host.INTERFACE),
                Map.entry("vip_subnet", "32"), Map.entry("cp_enable", "true"),
                Map.entry("cp_namespace", "kube-system"), Map.entry("svc_enable", "false"),
                Map.entry("vip_leaderelection", "true"),
                Map.entry("vip_leasename", "kube-vip-" + lease), Map.entry("vip_leaseduration", "" + lease),
                Map.entry("vip_renewdeadline", "" + deadline), Map.entry("vip_retryperiod", "" + retry),
                Map.entry("address", Lan.vip4().toString()), Map.entry("prometheus_server", ""));
        return new Daemons(name, cluster, folder, environment, (node, number) -> {
            Path kubeconfig = cluster.plane().pki().kubeconfig(
                    Files.createDirectories(folder).resolve("kube-vip-" + node.name() + ".conf"),
                    cluster.plane().apiServer(node).url(), cluster.plane().pki().admin());
            return List.of("env", "vip_nodename=" + node.name(), program.toString(), "manager", "--k8sConfigPath",
                    kubeconfig.toString());
        });
    }
}
