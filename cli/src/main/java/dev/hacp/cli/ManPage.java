package dev.hacp.cli;

import dev.hacp.agent.Version;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// hacp(8) in man(7) macros, from the commands themselves.
final class ManPage {

    private final StringBuilder page = new StringBuilder();

    private ManPage() {}

    static String of(CommandLine root) {
        ManPage man = new ManPage();
        man.render(root);
        return man.page.toString();
    }

    private void render(CommandLine root) {
        macro(".TH HACP 8 \"\" \"hacp " + Version.number() + "\" \"System administration\"");
        macro(".SH NAME");
        text("hacp - one address for a Kubernetes control plane");
        macro(".SH SYNOPSIS");
        macro(".B hacp");
        text("COMMAND [OPTION...]");
        macro(".SH DESCRIPTION");
        description(root.getCommandSpec());
        macro(".SH COMMANDS");
        commands(root);
        macro(".SH CONFIGURATION");
        text("Options of run and balance are also environment variables (HACP_ and the name in upper case, - as _) and keys "
                + "of the YAML file given by --config. A flag beats a variable beats the file beats the default. What hacp "
                + "does not know is an error; all problems are reported together.");
        macro(".SH EXIT STATUS");
        root.getCommandSpec().usageMessage().exitCodeList().forEach((code, meaning) -> {
            macro(".TP");
            macro(".B " + code.strip());
            text(meaning);
        });
        macro(".SH FILES");
        macro(".TP");
        macro(".I /etc/kubernetes/super-admin.conf, /etc/kubernetes/admin.conf");
        text("The credentials that run looks for.");
        macro(".TP");
        macro(".I /run/hacp/control.sock");
        text("Where a running agent takes the orders of handover, connections, backend and drill.");
        macro(".SH SEE ALSO");
        text("kubectl(1), ip-address(8), arping(8)");
    }

    private void commands(CommandLine parent) {
        for (CommandLine command : parent.getSubcommands().values()) {
            CommandSpec spec = command.getCommandSpec();
            macro(".SS \"" + escape(String.join(" ", spec.usageMessage().customSynopsis())) + "\"");
            text(String.join(" ", spec.usageMessage().header()));
            description(spec);
            for (OptionSpec option : spec.options()) {
                macro(".TP");
                macro(".B " + escape(names(option)));
                text(String.join(" ", option.description()));
            }
            examples(spec);
            commands(command);
        }
    }

    private void description(CommandSpec spec) {
        for (String paragraph : spec.usageMessage().description()) {
            if (!paragraph.isBlank()) {
                macro(".PP");
                text(paragraph);
            }
        }
    }

    private void examples(CommandSpec spec) {
        List<String> lines = new ArrayList<>(List.of(spec.usageMessage().footer()));
        if (!lines.isEmpty()) {
            macro(".PP");
            macro(".nf");
            lines.forEach(this::text);
            macro(".fi");
        }
    }

    private static String names(OptionSpec option) {
        String names = String.join(", ", option.names());
        return switch (option.arity().originalValue()) {
            case "0" -> names;
            case "0..1" -> names + "[=" + option.paramLabel() + "]";
            default -> names + "=" + option.paramLabel();
        };
    }

    private void macro(String line) {
        page.append(line).append('\n');
    }

    private void text(String text) {
        String escaped = escape(text);
        // A dot or a quote at the start of a line would be a request.
        page.append(escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" : "").append(escaped).append('\n');
    }

    private static String escape(String text) {
        return text.replace("%%", "%").replace("\\", "\\e").replace("-", "\\-").replace("…", "...");
    }
}
