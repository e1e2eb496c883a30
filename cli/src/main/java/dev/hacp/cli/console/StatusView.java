package dev.hacp.cli.console;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hacp.cli.console.Table.Cell;
import dev.hacp.cli.console.Table.Paint;
import dev.hacp.core.Durations;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/// One screen from a status: who owns the VIP, then VIPs, members, API servers and what happened. Whatever else the agent
/// tells follows, so that an older `hacp status` does not hide what a newer agent knows; what it does not tell is left out.
public final class StatusView {

    private static final int MOVES = 5;
    private static final int HAPPENINGS = 8;
    /// What a member that is not short of CPU stays below.
    private static final int LATE_MILLIS = 50;
    private static final Set<String> SHOWN = Set.of("node", "version", "role", "leader", "term", "since", "waiting",
            "connections", "lease", "detector", "vips", "backends", "members", "moves", "timeline");

    private record Column(String heading, Set<String> keys, Function<JsonNode, Cell> cell) {}

    private final boolean colours;
    private final InstantSource clock;

    public StatusView(boolean colours) {
        this(colours, InstantSource.system());
    }

    /// @param clock the wall clock, for ages
    StatusView(boolean colours, InstantSource clock) {
        this.colours = colours;
        this.clock = clock;
    }

    public String render(JsonNode status) {
        List<String> parts = new ArrayList<>();
        parts.add(head(status));
        parts.add(table(status.path("vips"), vipColumns()));
        parts.add(table(status.path("members"), memberColumns()));
        parts.add(table(status.path("backends"), backendColumns()));
        parts.add(moves(status));
        parts.add(timeline(status));
        parts.add(rest(status));
        parts.removeIf(String::isEmpty);
        return String.join("\n", parts);
    }

    // ---- the owner

    private String head(JsonNode status) {
        StringBuilder text = new StringBuilder();
        text.append(owner(status)).append('\n');
        List<String> facts = new ArrayList<>();
        fact(facts, "this node is ", text(status.path("node")),
                text(status.path("role")).isEmpty()
                        ? ""
                        : " (" + text(status.path("role")).replace("leader", "owner") + ")");
        fact(facts, "term ", text(status.path("term")), "");
        fact(facts, "", text(status.at("/connections/current")), " clients");
        JsonNode realTime = status.at("/detector/realTime");
        if (realTime.isBoolean()) {
            facts.add("probes " + (realTime.asBoolean() ? "with" : "without") + " real-time scheduling");
        }
        fact(facts, "hacp ", text(status.path("version")), "");
        text.append(Paint.QUIET.on(String.join(", ", facts), colours)).append('\n');
        if (status.at("/lease/majority").isBoolean() && !status.at("/lease/majority").asBoolean()) {
            text.append(Paint.FAIR.on("no majority of the members backs this owner right now", colours)).append('\n');
        }
        if (status.at("/detector/latenessMs").asLong() > LATE_MILLIS) {
            text.append(Paint.FAIR.on("short of CPU: the election on this node runs "
                    + millis(status.at("/detector/latenessMs")) + " late", colours)).append('\n');
        }
        if (!text(status.path("waiting")).isEmpty()) {
            text.append(Paint.FAIR.on("not ready: " + text(status.path("waiting")), colours)).append('\n');
        }
        return text.toString();
    }

    private String owner(JsonNode status) {
        String node = text(status.path("node"));
        String leader = text(status.path("leader"));
        if (text(status.path("role")).equals("balancer")) {
            return Paint.STRONG.on(node + " balances", colours);
        }
        List<String> addresses = new ArrayList<>();
        status.path("vips").forEach(vip -> addresses.add(text(vip.path("address"))));
        String vips = addresses.isEmpty() ? "the VIP" : String.join(", ", addresses);
        if (leader.isEmpty()) {
            return Paint.BAD.on("nobody owns " + vips + ", as far as this node knows", colours);
        }
        String age = age(status.path("since"));
        String since = age.isEmpty() ? "" : " for " + age + ", since " + instant(status.path("since"));
        return Paint.STRONG.on(leader + " owns " + vips, colours) + since;
    }

    private static void fact(List<String> facts, String before, String value, String after) {
        if (!value.isEmpty()) {
            facts.add(before + value + after);
        }
    }

    // ---- tables

    private List<Column> vipColumns() {
        return List.of(new Column("VIP", Set.of("address"), vip -> cell(vip.path("address"))),
                new Column("INTERFACE", Set.of("interface"), vip -> cell(vip.path("interface"))),
                new Column("HERE", Set.of("held"), vip -> yes(vip.path("held"))),
                new Column("SERVED", Set.of("steering"), vip -> yes(vip.path("steering"))),
                new Column("CLIENTS", Set.of("connections"), vip -> cell(vip.path("connections").path("current"))),
                new Column("ANNOUNCED", Set.of("lastAnnounced"), vip -> ago(vip.path("lastAnnounced"))),
                new Column("CLAIMED BY", Set.of("conflict"),
                        vip -> new Cell(text(vip.path("conflict")), Paint.BAD)));
    }

    private List<Column> memberColumns() {
        return List.of(new Column("MEMBER", Set.of("node"), member -> cell(member.path("node"))),
                new Column("ADDRESS", Set.of("address"), member -> cell(member.path("address"))),
                new Column("MACHINE", Set.of("machine"), StatusView::machine),
                new Column("AGENT", Set.of("reachable", "heardMsAgo", "rttMs"), StatusView::agent),
                new Column("LATE", Set.of("latenessMs"),
                        member -> new Cell(member.path("latenessMs").asLong() > LATE_MILLIS
                                ? millis(member.path("latenessMs"))
                                : "", Paint.FAIR)),
                new Column("FOLLOWS", Set.of("follows"), member -> cell(member.path("follows"))),
                new Column("WHY", Set.of("reason"), member -> cell(member.path("reason"))),
                new Column("DIFFERS", Set.of("differs"),
                        member -> new Cell(text(member.path("differs")), Paint.FAIR)));
    }

    /// By probes, whether or not the agent there runs.
    private static Cell machine(JsonNode member) {
        JsonNode machine = member.path("machine");
        String state = text(machine.path("state"));
        return switch (state) {
            case "answering" -> {
                List<String> facts = new ArrayList<>();
                fact(facts, "", millis(machine.path("rttMs")), "");
                fact(facts, "", text(machine.path("method")).replace("icmp", "echo").replace("syn", "SYN"), "");
                yield new Cell("answers" + (facts.isEmpty() ? "" : " (" + String.join(", ", facts) + ")"), Paint.GOOD);
            }
            case "silent" -> new Cell(state, Paint.BAD);
            // Whose agent is heard is there, so the probes get lost on the way.
            case "unproven" -> new Cell("not proven" + (member.path("reachable").asBoolean()
                    ? " (filtered)"
                    : ""), Paint.FAIR);
            default -> new Cell(state, Paint.FAIR);
        };
    }

    private static Cell agent(JsonNode member) {
        if (!member.has("reachable")) {
            return Cell.EMPTY;
        } else if (!member.path("reachable").asBoolean()) {
            JsonNode silent = member.path("heardMsAgo");
            return new Cell("silent" + (silent.isNumber() ? " for " + silence(silent.asLong()) : ""), Paint.BAD);
        }
        String trip = millis(member.path("rttMs"));
        boolean fit = text(member.path("reason")).isEmpty();
        return new Cell((fit ? "reachable" : "not fit") + (trip.isEmpty() ? "" : " (" + trip + ")"),
                fit ? Paint.GOOD : Paint.FAIR);
    }

    private static String silence(long millis) {
        return millis < 10_000
                ? String.format(Locale.ROOT, "%.1fs", millis / 1e3)
                : Durations.brief(Duration.ofMillis(millis));
    }

    private List<Column> backendColumns() {
        return List.of(new Column("API SERVER", Set.of("address"), backend -> cell(backend.path("address"))),
                new Column("STATE", Set.of("state"), backend -> state(text(backend.path("state")))),
                new Column("FOR", Set.of("since"), backend -> Cell.of(age(backend.path("since")))),
                new Column("CLIENTS", Set.of("connections"), backend -> cell(backend.path("connections"))),
                new Column("TOTAL", Set.of("total"), backend -> cell(backend.path("total"))),
                new Column("LAST CHECK", Set.of("lastCheck"), backend -> check(backend.path("lastCheck"))),
                new Column("ORDER", Set.of("admin"),
                        backend -> text(backend.path("admin")).equals("ready")
                                ? Cell.EMPTY
                                : new Cell(text(backend.path("admin")), Paint.FAIR)),
                new Column("WHY", Set.of("reason"), backend -> cell(backend.path("reason"))));
    }

    private static Cell state(String state) {
        return new Cell(state, switch (state) {
            case "up" -> Paint.GOOD;
            case "down" -> Paint.BAD;
            default -> Paint.FAIR;
        });
    }

    private static Cell check(JsonNode check) {
        if (!check.isObject()) {
            return Cell.EMPTY;
        }
        String code = check.path("code").asInt() == 0 ? text(check.path("result")) : text(check.path("code"));
        return Cell.of(code + " in " + millis(check.path("durationMs")));
    }

    /// Keys that no column shows get a column each.
    private String table(JsonNode rows, List<Column> columns) {
        if (!rows.isArray() || rows.isEmpty()) {
            return "";
        }
        Table<JsonNode> table = new Table<>();
        Set<String> unknown = new TreeSet<>();
        rows.forEach(row -> row.fieldNames().forEachRemaining(unknown::add));
        columns.forEach(column -> unknown.removeAll(column.keys()));
        columns.forEach(column -> table.painted(column.heading(), column.cell()));
        unknown.forEach(key -> table.painted(Table.printable(key).toUpperCase(Locale.ROOT),
                row -> cell(row.path(key))));
        List<JsonNode> all = new ArrayList<>();
        rows.forEach(all::add);
        return table.renderShown(all, colours);
    }

    // ---- what happened

    private String moves(JsonNode status) {
        return new Table<JsonNode>().column("LAST MOVES", move -> instant(move.path("at")))
                .column("", move -> text(move.path("kind")).replace('_', ' '))
                .column("GAP", move -> millis(move.path("gapMs"))).column("CAUSE", move -> text(move.path("cause")))
                .renderShown(newest(status.path("moves"), MOVES), colours);
    }

    private String timeline(JsonNode status) {
        return new Table<JsonNode>().column("WHAT HAPPENED", entry -> instant(entry.path("at")))
                .painted("", StatusView::happening)
                .renderShown(newest(status.path("timeline"), HAPPENINGS), colours);
    }

    private static Cell happening(JsonNode entry) {
        StringBuilder words = new StringBuilder(text(entry.path("message")));
        entry.path("keys").properties()
                .forEach(key -> words.append(' ').append(key.getKey()).append('=').append(text(key.getValue())));
        return new Cell(words.toString(), switch (text(entry.path("kind"))) {
            case "conflict", "address_failed", "backend_down", "name_taken" -> Paint.BAD;
            case "took_over", "backend_up" -> Paint.GOOD;
            case "stood_down", "owner_lost", "waiting", "link", "backend_draining", "address_repaired",
                    "address_changed",
                    "member_differs", "member_skew" ->
                Paint.FAIR;
            default -> Paint.PLAIN;
        });
    }

    private static List<JsonNode> newest(JsonNode entries, int most) {
        List<JsonNode> all = new ArrayList<>();
        entries.forEach(all::add);
        return all.reversed().subList(0, Math.min(most, all.size()));
    }

    private String rest(JsonNode status) {
        List<String> keys = new ArrayList<>();
        status.fieldNames().forEachRemaining(keys::add);
        keys.removeAll(SHOWN);
        return new Table<String>().column("ALSO", key -> key).column("", key -> text(status.path(key)))
                .renderShown(keys, colours);
    }

    // ---- values

    private static Cell cell(JsonNode value) {
        return Cell.of(text(value));
    }

    private static Cell yes(JsonNode value) {
        return value.isBoolean()
                ? value.asBoolean() ? new Cell("yes", Paint.GOOD) : new Cell("no", Paint.QUIET)
                : cell(value);
    }

    private Cell ago(JsonNode at) {
        String age = age(at);
        return Cell.of(age.isEmpty() ? "" : age + " ago");
    }

    private static String text(JsonNode value) {
        if (value.isNull() || value.isMissingNode()) {
            return "";
        }
        return Table.printable(value.isValueNode() ? value.asText() : value.toString());
    }

    private static String millis(JsonNode value) {
        if (!value.isNumber()) {
            return "";
        }
        double number = value.asDouble();
        return (number == Math.rint(number) ? Long.toString((long) number) : Double.toString(number)) + " ms";
    }

    private static String instant(JsonNode at) {
        return parsed(at).map(time -> time.truncatedTo(ChronoUnit.SECONDS).toString()).orElseGet(() -> text(at));
    }

    private String age(JsonNode at) {
        return parsed(at).map(time -> age(Duration.between(time, clock.instant())))
                .orElse("");
    }

    private static Optional<Instant> parsed(JsonNode at) {
        try {
            return at.isTextual() ? Optional.of(Instant.parse(at.asText())) : Optional.empty();
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    /// This machine's clock may be behind the agent's.
    private static String age(Duration since) {
        return Durations.brief(since.isNegative() ? Duration.ZERO : since);
    }
}
