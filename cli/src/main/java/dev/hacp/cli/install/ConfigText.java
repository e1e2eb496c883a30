package dev.hacp.cli.install;

import dev.hacp.agent.config.Option.Shape;
import dev.hacp.agent.config.Options;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Arguments as the file that `--config` reads.
final class ConfigText {

    private ConfigText() {}

    /// @param arguments each as `--key=value`
    static String of(List<String> arguments) {
        Map<String, List<String>> values = new LinkedHashMap<>();
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            values.computeIfAbsent(argument.substring(2, equals), _ -> new ArrayList<>())
                    .add(argument.substring(equals + 1));
        }
        StringBuilder text = new StringBuilder(
                "# The configuration of hacp run; hacp run --help explains every key, hacp install keeps this file.\n");
        values.forEach((key, texts) -> {
            if (isList(key)) {
                text.append(key).append(":\n");
                texts.forEach(value -> text.append("- ").append(quoted(value)).append('\n'));
            } else {
                text.append(key).append(": ").append(quoted(texts.getFirst())).append('\n');
            }
        });
        return text.toString();
    }

    private static boolean isList(String key) {
        return Options.ALL.stream().anyMatch(option -> option.key().equals(key) && option.shape() == Shape.MANY);
    }

    private static String quoted(String value) {
        return '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
