package dev.hacp.cli.doctor;

import dev.hacp.agent.config.AgentConfig;
import dev.hacp.core.VirtualIp;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// Whether this machine's own packet filter drops what hacp needs. Reads the rules, and does not evaluate them: what is
/// allowed under conditions (an address, an interface) counts as allowed.
final class LocalFirewall {

    private static final String SUBJECT = "firewall";
    private static final String IPV4 = "ip ";
    private static final String IPV6 = "ip6 ";

    private final AgentConfig config;
    private final Machine machine;
    private final Consumer<Finding> findings;

    LocalFirewall(AgentConfig config, Machine machine, Consumer<Finding> findings) {
        this.config = config;
        this.machine = machine;
        this.findings = findings;
    }

    void examine() {
        // nft shows the rules of iptables as well, but for those of iptables-legacy.
        Optional<String> rules = machine.output("nft", "list", "ruleset");
        if (rules.isEmpty()) {
            findings.accept(Finding.ok(SUBJECT, "not looked at: nft does not run here, or not with these privileges"));
            return;
        }
        Set<String> dropped = new LinkedHashSet<>();
        String where = "";
        for (InputRules input : InputRules.parse(rules.get()).stream().filter(this::matters).toList()) {
            for (Map.Entry<String, Integer> need : needs().entrySet()) {
                boolean refused = need.getValue() == 0
                        ? !input.table().startsWith(IPV6) && input.refusesEcho()
                        : input.refusesPort(need.getValue());
                if (refused) {
                    dropped.add(need.getKey());
                    where = input.table();
                }
            }
        }
        findings.accept(dropped.isEmpty()
                ? Finding.ok(SUBJECT, "drops nothing that hacp needs")
                : Finding.warning(SUBJECT, "the table '" + where + "' seems to drop " + String.join(", ", dropped),
                        "members that do not hear each other cannot take the VIP over early, and clients that are dropped hang",
                        remedy()));
    }

    /// Not a table for a family that no VIP has.
    private boolean matters(InputRules input) {
        boolean ipv4 = has(vip -> !vip.isIpv6());
        boolean ipv6 = has(VirtualIp::isIpv6);
        return (ipv4 || !input.table().startsWith(IPV4)) && (ipv6 || !input.table().startsWith(IPV6));
    }

    private boolean has(Predicate<VirtualIp> family) {
        return config.address().vips().stream()
                .anyMatch(vip -> vip.literal().filter(other -> !family.test(other)).isEmpty());
    }

    /// Zero stands for ICMP.
    private Map<String, Integer> needs() {
        Map<String, Integer> needs = new LinkedHashMap<>();
        int members = config.members().listen().port();
        needs.put("TCP " + members + " (members)", members);
        needs.put("ICMP echo (probes of the members)", 0);
        int port = config.address().port();
        needs.put("TCP " + port + " (clients)", port);
        config.admin().listen().filter(admin -> !admin.host().startsWith("127.") && !admin.host().equals("localhost"))
                .ifPresent(admin -> needs.put("TCP " + admin.port() + " (metrics)", admin.port()));
        return needs;
    }

    private String remedy() {
        int members = config.members().listen().port();
        int port = config.address().port();
        if (machine.processes().contains("firewalld")) {
            return "firewall-cmd --permanent --add-port=" + members + "/tcp --add-port=" + port + "/tcp, then --reload";
        }
        return machine.exists("/etc/ufw/ufw.conf")
                ? "ufw allow " + members + "/tcp; ufw allow " + port + "/tcp"
                : "allow them in the chain of the hook input: " + members + " and ICMP from the other nodes, " + port
                        + " from clients";
    }
}
