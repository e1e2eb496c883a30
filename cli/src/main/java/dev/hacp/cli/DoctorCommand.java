package dev.hacp.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hacp.agent.config.AgentConfig;
import dev.hacp.agent.config.ConfigReader;
import dev.hacp.agent.config.Option.Scope;
import dev.hacp.agent.config.Options;
import dev.hacp.cli.doctor.ClusterAccess;
import dev.hacp.cli.doctor.Finding;
import dev.hacp.cli.doctor.Finding.Grade;
import dev.hacp.cli.doctor.Machine;
import dev.hacp.cli.doctor.Preflight;
import dev.hacp.cli.doctor.ThisMachine;
import dev.hacp.core.ConfigurationException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/// `hacp doctor`: can this node do it?
final class DoctorCommand {

    private static final String OUTPUT = "--output";

    private DoctorCommand() {}

    static CommandLine create(Terminal terminal) {
        CommandSpec spec = Usage.command(result -> run(terminal, result), "doctor", "doctor --vip ADDR [OPTION...]",
                "Check this node and, given a credential, the control plane's availability.",
                List.of("The node: capabilities, kernel, libpcap, open files, addresses and who answers for the VIP on the LAN, "
                        + "sysctls, network managers, ports, packet filter, other VIP software, kubelet, network plugins. The "
                        + "control plane: redundancy, each API server's "
                        + "readiness, clock and certificate, etcd, scheduler and controller-manager, permissions.", "",
                        "Takes the options of 'hacp run'. Each line says what was found; a warning or a failure also "
                                + "why it matters and what to do. It changes nothing. The exit code is 1 when something fails, warnings alone are 0."),
                List.of("before installing", "hacp doctor --vip 10.0.0.10", "for a script",
                        "hacp doctor --config /etc/hacp/hacp.yaml -o json | jq '.[] | select(.grade == \"failure\")'"));
        spec.addOption(OptionSpec.builder("-o", OUTPUT).paramLabel("FORMAT").type(String.class).arity("1")
                .defaultValue("text").description("text or json. [default: text]").build());
        ConfigFlags.addTo(spec, Scope.RUN, Options.of(Scope.RUN));
        CommandLine line = new CommandLine(spec);
        Usage.groupOptions(line, Scope.RUN);
        return line;
    }

    private static int run(Terminal terminal, ParseResult result) {
        AgentConfig config = ConfigReader.agent(ConfigFlags.read(result, result.commandSpec()),
                terminal.surroundings());
        String format = result.matchedOptionValue(OUTPUT, "text");
        if (!format.equals("text") && !format.equals("json")) {
            throw new ConfigurationException(List.of("output: " + format + " (expected: text or json) from " + OUTPUT));
        }
        List<Finding> findings = new ArrayList<>();
        boolean json = format.equals("json");
        Consumer<Finding> tell = finding -> {
            findings.add(finding);
            if (!json) {
                // Line by line: one API server that does not answer takes seconds.
                terminal.out().print(text(finding, terminal.colours()));
                terminal.out().flush();
            }
        };
        Machine machine = new ThisMachine();
        Preflight.examine(config, machine, tell);
        ClusterAccess.examine(config, machine, terminal.surroundings().environment(), Clock.systemUTC(), tell);
        terminal.out().print(json ? json(findings) : summary(findings));
        return findings.stream().anyMatch(finding -> finding.grade() == Grade.FAILURE) ? Exit.FAILURE : Exit.OK;
    }

    private static String text(Finding finding, boolean colours) {
        String grade = word(finding.grade());
        String code = switch (finding.grade()) {
            case OK -> "32";
            case WARNING -> "33";
            case FAILURE -> "31";
        };
        String indent = " ".repeat(9);
        return (colours ? "\u001b[" + code + "m" + grade + "\u001b[0m" : grade) + " ".repeat(9 - grade.length())
                + finding.subject() + ": " + finding.text() + "\n"
                + (finding.why().isEmpty() ? "" : indent + "why: " + finding.why() + "\n")
                + (finding.remedy().isEmpty() ? "" : indent + "do:  " + finding.remedy() + "\n");
    }

    private static String summary(List<Finding> findings) {
        long failures = count(findings, Grade.FAILURE);
        long warnings = count(findings, Grade.WARNING);
        return "\n" + findings.size() + " looked at: " + failures + (failures == 1 ? " failure, " : " failures, ")
                + warnings + (warnings == 1 ? " warning\n" : " warnings\n");
    }

    private static long count(List<Finding> findings, Grade grade) {
        return findings.stream().filter(finding -> finding.grade() == grade).count();
    }

    private static String json(List<Finding> findings) {
        ArrayNode list = new ObjectMapper().createArrayNode();
        for (Finding finding : findings) {
            ObjectNode node = list.addObject().put("grade", word(finding.grade())).put("subject", finding.subject())
                    .put("text", finding.text());
            if (!finding.why().isEmpty()) {
                node.put("why", finding.why());
            }
            if (!finding.remedy().isEmpty()) {
                node.put("remedy", finding.remedy());
            }
        }
        return list.toPrettyString() + "\n";
    }

    private static String word(Grade grade) {
        return grade.name().toLowerCase(Locale.ROOT);
    }
}
