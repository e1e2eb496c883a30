package dev.hacp.cli.importing;

import dev.hacp.agent.config.Options;
import dev.hacp.cli.importing.Imported.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/// A manifest of kube-vip: all that matters is in the containers' environment.
final class KubeVipFile {

    private final String file;
    private final Imported result;

    KubeVipFile(String file, Imported result) {
        this.file = file;
        this.result = result;
    }

    /// One `env` entry; the value is absent when it comes from a field.
    private record Variable(String name, Optional<String> value, Place place) {}

    void read(String text) {
        List<Variable> variables = new ArrayList<>();
        try {
            LoadSettings settings = LoadSettings.builder().setLabel(file).setUseMarks(true).build();
            for (Node document : new Compose(settings).composeAllFromString(text)) {
                collect(document, variables);
            }
        } catch (YamlEngineException e) {
            throw new IllegalArgumentException(file + " (expected: YAML; " + e.getMessage() + ")", e);
        }
        variables.forEach(this::read);
    }

    private void collect(Node node, List<Variable> variables) {
        switch (node) {
            case MappingNode mapping -> {
                for (NodeTuple tuple : mapping.getValue()) {
                    if (tuple.getKeyNode() instanceof ScalarNode key && key.getValue().equals("env")
                            && tuple.getValueNode() instanceof SequenceNode list) {
                        list.getValue().forEach(entry -> variable(entry).ifPresent(variables::add));
                    } else {
                        collect(tuple.getValueNode(), variables);
                    }
                }
            }
            case SequenceNode sequence -> sequence.getValue().forEach(item -> collect(item, variables));
            default -> {
                // Scalars hold nothing further.
            }
        }
    }

    private Optional<Variable> variable(Node entry) {
        int line = entry.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
        return scalar(entry, "name").map(name -> new Variable(name, scalar(entry, "value"), new Place(file, line)));
    }

    private static Optional<String> scalar(Node node, String key) {
        if (!(node instanceof MappingNode mapping)) {
            return Optional.empty();
        }
        return mapping.getValue().stream()
                .filter(tuple -> tuple.getKeyNode() instanceof ScalarNode name && name.getValue().equals(key)
                        && tuple.getValueNode() instanceof ScalarNode)
                .map(tuple -> ((ScalarNode) tuple.getValueNode()).getValue()).findFirst();
    }

    private void read(Variable variable) {
        Place place = variable.place();
        String name = variable.name();
        String value = variable.value().orElse("");
        boolean on = value.equals("true");
        switch (name) {
            case "address", "vip_address" -> {
                for (String vip : value.split(",")) {
                    if (!vip.isBlank()) {
                        result.put(Options.VIP, vip.strip(), place);
                    }
                }
            }
            case "vip_interface" -> {
                if (!value.isEmpty()) {
                    result.put(Options.INTERFACE_NAME, value, place);
                }
            }
            case "port" -> result.put(Options.PORT, value, place);
            case "cp_namespace" -> result.put(Options.LEASE_NAMESPACE, value, place);
            case "vip_nodename" -> variable.value().ifPresent(node -> result.put(Options.NODE_NAME, node, place));
            case "k8s_config_file", "KUBECONFIG" -> result.put(Options.KUBECONFIG, value, place);
            case "vip_leaseduration", "vip_renewdeadline", "vip_retryperiod" -> result.remark(place, name + "=" + value
                    + " is not carried over: hacp fails over by its members' evidence, so its Lease stays long and calm (15s,"
                    + " 10s, 2s)");
            case "vip_leasename" -> result.remark(place, name + "=" + value
                    + " is not carried over: hacp has a Lease of its own, so that neither takes the other for a member");
            case "vip_arp" -> {
                if (!on) {
                    result.remark(place, "vip_arp=" + value + " has no equivalent: hacp announces by ARP and NDP only");
                }
            }
            case "bgp_enable", "svc_enable", "vip_ddns", "enable_service_security", "vip_wireguard",
                    "vip_routingtable" -> {
                if (on) {
                    result.remark(place,
                            name + " has no equivalent: hacp serves the control plane's address on a LAN, no"
                                    + " BGP, routes, DDNS or Services");
                }
            }
            case "lb_enable", "lb_port", "lb_fwdmethod" -> result.remark(place,
                    name + "=" + value + " needs no option: hacp always balances, without IPVS");
            case "prometheus_server" -> result.remark(place, name + "=" + value
                    + " needs no option: /metrics is on --admin-address, 0.0.0.0:9643 unless given");
            case "vip_cidr", "vip_subnet" -> result.remark(place,
                    name + "=" + value + " needs no option: the VIP is always /32 or /128");
            case "cp_enable", "vip_leaderelection", "cp_detect" -> {
                if (!on) {
                    result.remark(place, name + "=" + value + " has no equivalent: the Lease always decides");
                }
            }
            default -> result.remark(place, name + (variable.value().isPresent() ? "=" + value : "")
                    + " has no equivalent");
        }
    }
}
