package dev.hacp.testbed.bench;

import dev.hacp.core.VirtualIp;
import dev.hacp.testbed.Shell;
import dev.hacp.testbed.agent.Cluster;
import dev.hacp.testbed.lan.Host;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What is measured: hacp with its defaults, keepalived and kube-vip configured as their own guides say.
enum Product {
    HACP("hacp", "hacp"),
    KEEPALIVED_FAST("keepalived-0.1s", "keepalived 0.1s"),
    KEEPALIVED("keepalived-1s", "keepalived 1s"),
    KUBE_VIP_FAST("kube-vip-5", "kube-vip 5/3/1"),
    KUBE_VIP("kube-vip-15", "kube-vip 15/10/2");

    private final String option;
    private final String text;

    Product(String option, String text) {
        this.option = option;
        this.text = text;
    }

    /// As `--products` names it.
    String option() {
        return option;
    }

    @Override
    public String toString() {
        return text;
    }

    static List<String> options() {
        return Arrays.stream(values()).map(Product::option).toList();
    }

    boolean isKubeVip() {
        return this == KUBE_VIP || this == KUBE_VIP_FAST;
    }

    /// Those that `--products` asks for and whose programs are on this machine; the others are told in one line each.
    ///
    /// @param kubeVip the program, see `bench/failover/kube-vip`
    static List<Product> select(Arguments arguments, String byDefault, Optional<Path> kubeVip) {
        List<String> wanted = List.of(arguments.value("products", byDefault).split(","));
        List<Product> found = new ArrayList<>();
        for (Product product : values()) {
            if (wanted.contains(product.option)) {
                if (product.program(kubeVip).isPresent()) {
                    found.add(product);
                } else {
                    System.out.println(product + " is left out: its program is not on this machine");
                }
            }
        }
        return found;
    }

    private Optional<Path> program(Optional<Path> kubeVip) {
        return switch (this) {
            // The jar is required by Cluster.
            case HACP -> Optional.of(Path.of("hacp.jar"));
            case KEEPALIVED, KEEPALIVED_FAST -> Shell.find("keepalived");
            case KUBE_VIP, KUBE_VIP_FAST -> kubeVip;
        };
    }

    /// @param vip   hacp's is that of the cluster's agents
    Contender contender(Cluster cluster, Path folder, VirtualIp vip, Optional<Path> kubeVip) {
        return switch (this) {
            case HACP -> new Hacp(cluster, vip);
            case KEEPALIVED -> keepalived(cluster, folder, vip, "", "1");
            case KEEPALIVED_FAST -> keepalived(cluster, folder, vip, "vrrp_version 3", "0.1");
            case KUBE_VIP -> kubeVip(cluster, folder, vip, kubeVip.orElseThrow(), 15, 10, 2);
            case KUBE_VIP_FAST -> kubeVip(cluster, folder, vip, kubeVip.orElseThrow(), 5, 3, 1);
        };
    }

    private Contender keepalived(Cluster cluster, Path folder, VirtualIp vip, String version, String interval) {
        Path program = Shell.find("keepalived").orElseThrow();
        return new Daemons(this, cluster, folder, vip, Map.of(), (node, number) -> {
            String slug = option + "-" + node.name();
            Path file = Files.createDirectories(folder).resolve(slug + ".conf");
            // The last byte of the VIP as router id: two keepalived on one LAN must differ in it.
            Files.writeString(file, """
                    global_defs {
                      %s
                    }
                    vrrp_instance vip {
                      state BACKUP
                      interface eth0
                      virtual_router_id %d
                      priority %d
                      advert_int %s
                      nopreempt
                      virtual_ipaddress {
                        %s/32 dev eth0
                      }
                    }
                    """.formatted(version, vip.address().getAddress()[3] & 0xff, 100 - number, interval, vip));
            return List.of(program.toString(), "--dont-fork", "--log-console", "--vrrp", "--use-file",
                    file.toString(), "--pid", folder.resolve(slug + ".pid").toString(), "--vrrp_pid",
                    folder.resolve(slug + ".vrrp.pid").toString());
        });
    }

    /// Each asks the API server of its own node, as the manifest that kubeadm's guide generates does.
    private Contender kubeVip(Cluster cluster, Path folder, VirtualIp vip, Path program, int lease, int deadline,
            int retry) {
        Map<String, String> environment = Map.ofEntries(Map.entry("vip_arp", "true"),
                Map.entry("port", "6443"), Map.entry("vip_interface", Host.INTERFACE),
                Map.entry("vip_subnet", "32"), Map.entry("cp_enable", "true"),
                Map.entry("cp_namespace", "kube-system"), Map.entry("svc_enable", "false"),
                Map.entry("vip_leaderelection", "true"),
                Map.entry("vip_leasename", "kube-vip-" + lease), Map.entry("vip_leaseduration", "" + lease),
                Map.entry("vip_renewdeadline", "" + deadline), Map.entry("vip_retryperiod", "" + retry),
                Map.entry("address", vip.toString()), Map.entry("prometheus_server", ""));
        return new Daemons(this, cluster, folder, vip, environment, (node, number) -> {
            Path kubeconfig = cluster.plane().pki().kubeconfig(
                    Files.createDirectories(folder).resolve(option + "-" + node.name() + ".conf"),
                    cluster.plane().apiServer(node).url(), cluster.plane().pki().admin());
            return List.of("env", "vip_nodename=" + node.name(), program.toString(), "manager", "--k8sConfigPath",
                    kubeconfig.toString());
        });
    }
}
