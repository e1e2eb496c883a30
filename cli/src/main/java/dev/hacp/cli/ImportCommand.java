package dev.hacp.cli;

import dev.hacp.cli.importing.Imported;
import dev.hacp.cli.importing.Importer;
import dev.hacp.core.ConfigurationException;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/// `hacp import`: options from the configuration of what was there before.
final class ImportCommand {

    private static final String OUTPUT = "--output";

    private ImportCommand() {}

    static CommandLine create(Terminal terminal) {
        CommandSpec spec = Usage.command(result -> run(terminal, result), "import", "import [-o FORMAT] FILE...",
                "Translate a kube-vip, keepalived or HAProxy configuration into hacp options.",
                List.of("Several files are read as one setup. What has no equivalent, or needs none, is listed in comments with "
                        + "file and line. Nothing is changed."),
                List.of("from keepalived and HAProxy as the kubeadm guide has them",
                        "hacp import /etc/keepalived/keepalived.conf /etc/haproxy/haproxy.cfg",
                        "from kube-vip, as a file for --config",
                        "hacp import -o yaml /etc/kubernetes/manifests/kube-vip.yaml > /etc/hacp/hacp.yaml"));
        spec.addOption(OptionSpec.builder("-o", OUTPUT).paramLabel("FORMAT").type(String.class).arity("1")
                .defaultValue("command").description("command or yaml. [default: command]").build());
        spec.addPositional(PositionalParamSpec.builder().paramLabel("FILE").type(String[].class).index("0..*")
                .arity("1..*").required(true).description("kube-vip manifest, keepalived.conf or haproxy.cfg.")
                .build());
        return new CommandLine(spec);
    }

    private static int run(Terminal terminal, ParseResult result) {
        String format = result.matchedOptionValue(OUTPUT, "command");
        if (!format.equals("command") && !format.equals("yaml")) {
            throw new ConfigurationException(
                    List.of("output: " + format + " (expected: command or yaml) from " + OUTPUT));
        }
        Imported imported = read(result.matchedPositionalValue(0, new String[0]));
        StringBuilder text = new StringBuilder(format.equals("yaml") ? imported.asYaml() : imported.asCommand());
        if (!imported.remarks().isEmpty()) {
            text.append("\n# Not carried over, or worth a look:\n");
            imported.remarks().forEach(remark -> text.append("#   ").append(remark).append('\n'));
        }
        terminal.out().print(text);
        return Exit.OK;
    }

    private static Imported read(String[] names) {
        Map<String, String> texts = new LinkedHashMap<>();
        List<String> problems = new ArrayList<>();
        for (String name : names) {
            try {
                texts.put(name, Files.readString(Path.of(name)));
            } catch (NoSuchFileException e) {
                problems.add(name + " (expected: a file; there is none)");
            } catch (MalformedInputException e) {
                problems.add(name + " (expected: a text file in UTF-8)");
            } catch (IOException e) {
                problems.add(name + " (expected: a readable file; " + e + ")");
            }
        }
        try {
            if (problems.isEmpty()) {
                return Importer.read(texts);
            }
        } catch (IllegalArgumentException e) {
            problems.add(String.valueOf(e.getMessage()));
        }
        throw new ConfigurationException(problems);
    }
}
