package dev.hacp.cli;

import dev.hacp.agent.config.Option.Group;
import dev.hacp.agent.config.Option.Scope;
import dev.hacp.agent.config.Options;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/// What every `--help` has: synopsis, description, options, exit codes and examples, in that order.
final class Usage {

    static final int WIDTH = 100;

    private Usage() {}

    /// A command with the help option and the sections that all have.
    ///
    /// @param synopsis without `hacp`: `run --vip ADDR [OPTION...]`
    /// @param examples pairs of what it does and the command
    static CommandSpec command(Action action, String name, String synopsis, String header, List<String> description,
            List<String> examples) {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(action).name(name);
        spec.addOption(
                OptionSpec.builder("-h", "--help").usageHelp(true).description("Print this help and exit.").build());
        UsageMessageSpec usage = spec.usageMessage();
        usage.width(WIDTH);
        usage.autoWidth(false);
        usage.header(escape(header));
        usage.headerHeading("");
        usage.customSynopsis("hacp" + (synopsis.isEmpty() ? "" : " " + synopsis));
        usage.synopsisHeading("%nUsage: ");
        usage.descriptionHeading(description.isEmpty() ? "" : "%n");
        usage.description(description.stream().map(Usage::escape).toArray(String[]::new));
        usage.parameterListHeading("%n");
        usage.optionListHeading("%nOptions:%n");
        usage.commandListHeading("%nCommands:%n");
        usage.exitCodeListHeading("%nExit codes:%n");
        usage.exitCodeList(exitCodes());
        usage.footerHeading("%nExamples:%n");
        usage.footer(footer(examples));
        usage.sortOptions(false);
        return spec;
    }

    private static Map<String, String> exitCodes() {
        Map<String, String> codes = new LinkedHashMap<>();
        codes.put("  0", "ok");
        codes.put("  1", "anything that is neither 0 nor 2");
        codes.put("  2", "wrong usage or configuration");
        return codes;
    }

    private static String[] footer(List<String> examples) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i + 1 < examples.size(); i += 2) {
            lines.add("  # " + escape(examples.get(i)));
            lines.add("  " + escape(examples.get(i + 1)));
        }
        return lines.toArray(String[]::new);
    }

    /// Prints the options of the table under their headings, the others after them.
    static void groupOptions(CommandLine line, Scope scope) {
        Map<String, CommandLine.IHelpSectionRenderer> sections = line.getHelpSectionMap();
        sections.remove(UsageMessageSpec.SECTION_KEY_OPTION_LIST_HEADING);
        sections.put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, help -> grouped(help, scope));
    }

    private static String grouped(Help help, Scope scope) {
        StringBuilder text = new StringBuilder();
        List<OptionSpec> all = help.commandSpec().options();
        List<String> ofTable = Options.of(scope).stream().map(option -> option.flag()).toList();
        for (Group group : Group.values()) {
            List<String> flags = Options.of(scope).stream().filter(option -> option.group() == group)
                    .map(option -> option.flag()).toList();
            List<OptionSpec> inGroup = all.stream().filter(option -> flags.contains(option.longestName())).toList();
            if (!inGroup.isEmpty()) {
                section(text, help, group.heading(), inGroup);
            }
        }
        section(text, help, "General", all.stream().filter(option -> !ofTable.contains(option.longestName())).toList());
        return text.toString();
    }

    private static void section(StringBuilder text, Help help, String heading, List<OptionSpec> options) {
        Help.Layout layout = help.createDefaultLayout();
        options.forEach(option -> layout.addOption(option, help.parameterLabelRenderer()));
        text.append('\n').append(help.colorScheme().text("@|bold " + heading + ":|@")).append('\n').append(layout);
    }

    /// picocli formats these texts.
    static String escape(String text) {
        return text.replace("%", "%%").replace("@|", "@@|");
    }
}
