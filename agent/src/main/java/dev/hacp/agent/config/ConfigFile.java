package dev.hacp.agent.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/// The YAML file: one mapping from key to a scalar or a list of scalars, read with line numbers.
final class ConfigFile {

    /// @param texts the scalars as written, without any typing by YAML: `10s`, `6443`, `true`
    record Entry(String key, List<String> texts, Source source) {}

    private final List<Entry> entries = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private final Path file;

    private ConfigFile(Path file) {
        this.file = file;
    }

    static ConfigFile read(Path file) {
        ConfigFile result = new ConfigFile(file);
        try {
            result.readText(Files.readString(file));
        } catch (NoSuchFileException e) {
            result.problems.add("config: " + file + " (expected: a YAML file; there is none)");
        } catch (IOException e) {
            result.problems.add("config: " + file + " (expected: a readable YAML file; " + e + ")");
        }
        return result;
    }

    List<Entry> entries() {
        return entries;
    }

    List<String> problems() {
        return problems;
    }

    private void readText(String text) {
        try {
            LoadSettings settings = LoadSettings.builder().setLabel(file.toString()).setUseMarks(true).build();
            Optional<Node> root = new Compose(settings).composeString(text);
            if (root.isEmpty() || isNull(root.get())) {
                return;
            }
            if (root.get() instanceof MappingNode mapping) {
                readMapping(mapping);
            } else {
                problems.add(file + ":" + line(root.get()) + " (expected: a mapping, such as 'vip: 10.0.0.10')");
            }
        } catch (MarkedYamlEngineException e) {
            problems.add(file + ":" + e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1)
                    + " (expected: YAML; " + e.getProblem() + ")");
        } catch (YamlEngineException e) {
            problems.add(file + " (expected: YAML; " + e.getMessage() + ")");
        }
    }

    private void readMapping(MappingNode mapping) {
        Map<String, Integer> seen = new HashMap<>();
        for (NodeTuple tuple : mapping.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode keyNode)) {
                problems.add(file + ":" + line(tuple.getKeyNode()) + " (expected: a plain key)");
                continue;
            }
            String key = keyNode.getValue();
            Source source = new Source.FileLine(file, line(keyNode), key);
            Integer before = seen.putIfAbsent(key, line(keyNode));
            if (before != null) {
                problems.add(key + ": given twice (expected: once; also in line " + before + ") from " + source.text());
                continue;
            }
            Optional<List<String>> texts = texts(tuple.getValueNode());
            if (texts.isPresent()) {
                entries.add(new Entry(key, texts.get(), source));
            } else {
                problems.add(key + ": (expected: a value or a list of values) from " + source.text());
            }
        }
    }

    private static Optional<List<String>> texts(Node node) {
        return switch (node) {
            case ScalarNode scalar when !isNull(scalar) -> Optional.of(List.of(scalar.getValue()));
            case SequenceNode sequence when sequence.getValue().stream()
                    .allMatch(item -> item instanceof ScalarNode && !isNull(item)) ->
                Optional.of(sequence.getValue().stream().map(item -> ((ScalarNode) item).getValue()).toList());
            default -> Optional.empty();
        };
    }

    private static boolean isNull(Node node) {
        return node.getTag().equals(Tag.NULL);
    }

    private static int line(Node node) {
        return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
    }
}
