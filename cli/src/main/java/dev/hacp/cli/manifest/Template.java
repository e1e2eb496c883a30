package dev.hacp.cli.manifest;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A text of the jar with `${name}` places; a line that holds only an empty place vanishes.
final class Template {

    private static final Pattern PLACE = Pattern.compile("\\$\\{(\\w+)}(\\R?)");

    private Template() {}

    static String fill(String name, Map<String, String> values) {
        String template = read(name);
        Matcher matcher = PLACE.matcher(template);
        StringBuilder filled = new StringBuilder();
        while (matcher.find()) {
            String value = values.get(matcher.group(1));
            if (value == null) {
                throw new IllegalStateException(name + " wants ${" + matcher.group(1) + "}");
            }
            // A block brings its own line ends.
            boolean alone = matcher.start() == 0 || template.charAt(matcher.start() - 1) == '\n';
            boolean block = value.endsWith("\n") || (value.isEmpty() && alone);
            matcher.appendReplacement(filled, Matcher.quoteReplacement(value + (block ? "" : matcher.group(2))));
        }
        return matcher.appendTail(filled).toString();
    }

    private static String read(String name) {
        try (InputStream in = Template.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing from the jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
