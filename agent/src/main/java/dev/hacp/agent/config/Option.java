package dev.hacp.agent.config;

import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// One setting: its key, and so its flag, its environment variable and its place in the file, its type and its default.
///
/// @param <T> what its text is read into; a list when it is repeatable, an [Optional] when it has no default
public final class Option<T> {

    /// Which command takes it.
    public enum Scope {
        RUN,
        BALANCE
    }

    /// How it may be given.
    public enum Shape {
        /// one value
        ONE,
        /// a flag that may be repeated, a comma-separated variable, a YAML list
        MANY,
        /// a flag without value means `true`
        SWITCH
    }

    /// A heading of help and documentation.
    public enum Group {
        ADDRESS("Address"),
        BACKENDS("Backends"),
        HEALTH("Health of backends"),
        CONNECTIONS("Connections"),
        CLUSTER("Cluster and election"),
        MEMBERS("Members"),
        OUTSIDE("Observability and control");

        private final String heading;

        Group(String heading) {
            this.heading = heading;
        }

        public String heading() {
            return heading;
        }
    }

    /// What holds when nobody gives the option.
    ///
    /// @param texts read like given ones; empty: nothing, or worked out at start
    /// @param words for help and documentation
    public record Default(List<String> texts, String words) {

        public Default {
            texts = List.copyOf(texts);
        }

        static Default of(String... texts) {
            return new Default(List.of(texts), texts.length == 0 ? "none" : String.join(",", texts));
        }
    }

    /// Reads the texts of all occurrences; an empty list means not given and without default.
    @FunctionalInterface
    interface ListParser<T> {
        T parse(List<String> texts);
    }

    private final String key;
    private final Group group;
    private final Shape shape;
    private final String placeholder;
    private final ListParser<T> parser;
    private final String help;
    private final Map<Scope, Default> defaults;

    private Option(String key, Group group, Shape shape, String placeholder, ListParser<T> parser, String help,
            Map<Scope, Default> defaults) {
        this.key = key;
        this.group = group;
        this.shape = shape;
        this.placeholder = placeholder;
        this.parser = parser;
        this.help = help;
        this.defaults = defaults;
    }

    private static Map<Scope, Default> everywhere(Default value) {
        return new EnumMap<>(Map.of(Scope.RUN, value, Scope.BALANCE, value));
    }

    static <T> Option<T> one(String key, Group group, String placeholder, ValueType<T> type, String defaultText,
            String help) {
        return new Option<>(key, group, Shape.ONE, placeholder, texts -> type.parse(texts.getFirst()), help,
                everywhere(Default.of(defaultText)));
    }

    static <T> Option<Optional<T>> optional(String key, Group group, String placeholder, ValueType<T> type,
            String help) {
        return new Option<>(key, group, Shape.ONE, placeholder, texts -> texts.stream().findFirst().map(type::parse),
                help, everywhere(Default.of()));
    }

    static <T> Option<List<T>> many(String key, Group group, String placeholder, ValueType<T> type, String help) {
        return new Option<>(key, group, Shape.MANY, placeholder, texts -> texts.stream().map(type::parse).toList(),
                help, everywhere(Default.of()));
    }

    static Option<Boolean> toggle(String key, Group group, boolean defaultValue, String help) {
        return new Option<>(key, group, Shape.SWITCH, "true|false",
                texts -> ValueType.BOOLEAN.parse(texts.getFirst()), help,
                everywhere(Default.of(Boolean.toString(defaultValue))));
    }

    /// The same, for that command only.
    Option<T> only(Scope scope) {
        return new Option<>(key, group, shape, placeholder, parser, help,
                new EnumMap<>(Map.of(scope, defaultIn(scope))));
    }

    /// The same with another default for that command.
    Option<T> with(Scope scope, Default other) {
        Map<Scope, Default> changed = new EnumMap<>(defaults);
        changed.put(scope, other);
        return new Option<>(key, group, shape, placeholder, parser, help, changed);
    }

    /// The same, with a default that is told in words.
    Option<T> defaultsTo(String words) {
        Map<Scope, Default> changed = new EnumMap<>(defaults);
        changed.replaceAll((scope, value) -> new Default(value.texts(), words));
        return new Option<>(key, group, shape, placeholder, parser, help, changed);
    }

    /// `renew-deadline`: also the key in the file.
    public String key() {
        return key;
    }

    /// `--renew-deadline`
    public String flag() {
        return "--" + key;
    }

    /// `HACP_RENEW_DEADLINE`
    public String variable() {
        return "HACP_" + key.toUpperCase(Locale.ROOT).replace('-', '_');
    }

    public Group group() {
        return group;
    }

    public Shape shape() {
        return shape;
    }

    public String placeholder() {
        return placeholder;
    }

    public String help() {
        return help;
    }

    public Set<Scope> scopes() {
        return Set.copyOf(defaults.keySet());
    }

    /// What holds in a command that takes this option.
    public Default defaultIn(Scope scope) {
        Default value = defaults.get(scope);
        if (value == null) {
            throw new IllegalArgumentException(key + " is not an option of " + scope);
        }
        return value;
    }

    /// @throws IllegalArgumentException when a text cannot be read; the message names what is expected
    T parse(List<String> texts) {
        return parser.parse(texts);
    }

    @Override
    public String toString() {
        return key;
    }
}
