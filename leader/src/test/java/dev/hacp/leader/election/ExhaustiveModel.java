package dev.hacp.leader.election;

import static dev.hacp.leader.election.SimulatedWorld.MILLI;

import dev.hacp.leader.election.History.Placed;
import dev.hacp.leader.election.History.Seen;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Every placement of one or two faults in a world of three members that leaves nothing to chance, by replay over the same
/// state machine. Beside the instants, lengths and speeds it searches the other answers of [Choices].
final class ExhaustiveModel {

    /// For how long two addresses may be there while their nodes hear each other.
    static final long HEARD = 50 * MILLI;
    /// A leaseDuration, and a call to an API that does not answer before the members are asked.
    static final long GAP_BY_LEASE = 5_500 * MILLI;

    /// For how long nobody may have the address although two members of a majority saw the owner go.
    static long gapBound(History history) {
        if (history.faults().size() == 1) {
            return 450 * MILLI;
        }
        List<String> kinds = history.faults().stream().map(placed -> placed.fault().kind()).toList();
        if (kinds.stream().anyMatch(kind -> kind.startsWith("Lease "))) {
            return GAP_BY_LEASE; // an edit may be seen long after it was made
        }
        if (kinds.stream().anyMatch(STANDING_STILL::contains)) {
            return 2_000 * MILLI;
        }
        return (kinds.contains("handover") ? 1_300 : 800) * MILLI;
    }

    /// A member that was paused waits longer for others: four times its own lateness.
    private static final List<String> STANDING_STILL = List.of("agent stopped (SIGSTOP)", "machine suspended",
            "machine frozen with its clock");

    /// Where faults are placed, in milliseconds.
    ///
    /// @param step    between two instants
    /// @param span    in which they lie: after the world has settled, or after the first fault
    /// @param lengths of what does not end by itself
    /// @param eighths how far into their ranges all delays lie
    record Grid(int step, int span, List<Integer> lengths, List<Integer> eighths) {

        IntStream instants() {
            return IntStream.iterate(0, it -> it < span, it -> it + step);
        }

        private Stream<Placed> placed(Fault fault, int at) {
            return fault.lasts()
                    ? lengths.stream().map(length -> new Placed(fault, at, length))
                    : Stream.of(new Placed(fault, at, 0));
        }
    }

    private final double[] rates;
    private final Map<String, Row> rows = new TreeMap<>();
    private final Map<String, Broken> broken = new TreeMap<>();
    private long histories;

    /// The worst that was seen with that kind of fault.
    private static final class Row {
        long histories;
        long overlap;
        long excused;
        long heard;
        long gap;
        long gapByLease;
        long settling;
        String gapBy = "";
        String overlapBy = "";
    }

    /// A rule that some histories break in the same way: the first of them, and how many there are.
    private static final class Broken {
        final History first;
        final String story;
        long histories;

        Broken(History first, String story) {
            this.first = first;
            this.story = story;
        }
    }

    /// @param rates of the nodes' clocks
    ExhaustiveModel(double... rates) {
        this.rates = rates.clone();
    }

    static Stream<History> one(Grid grid) {
        return Fault.all().stream().flatMap(fault -> grid.instants().boxed().flatMap(at -> grid.placed(fault, at))
                .flatMap(placed -> grid.eighths.stream().map(eighths -> History.of(eighths, placed))));
    }

    /// @param firsts when the first one may begin
    static Stream<History> two(Grid grid, List<Integer> firsts) {
        return one(new Grid(grid.step, grid.step, grid.lengths, grid.eighths)).flatMap(history -> firsts.stream()
                .flatMap(first -> second(history, first, grid)));
    }

    private static Stream<History> second(History history, int first, Grid grid) {
        Placed one = history.faults().getFirst();
        Placed moved = new Placed(one.fault(), first, one.lengthMillis());
        return Fault.all().stream().flatMap(fault -> grid.instants().boxed()
                .flatMap(after -> grid.placed(fault, first + after))
                .map(placed -> History.of(history.eighths(), moved, placed)));
    }

    /// The same one of so many parts each time: to look at a large search quickly, or to divide it.
    static Stream<History> part(Stream<History> all, int part, int parts) {
        return parts == 1 ? all : all.filter(it -> Math.floorMod(it.toString().hashCode(), parts) == part);
    }

    /// Runs each.
    void explore(Stream<History> all) {
        all.parallel().forEach(this::run);
    }

    /// Runs each, and each again with the other answer to one of its questions, one after the other.
    void exploreAnswers(Stream<History> all) {
        all.parallel().forEach(history -> {
            Seen seen = run(history);
            for (int i = 0; seen != null && i < seen.questions(); i++) {
                run(history.with(List.of(i)));
            }
        });
    }

    private @Nullable Seen run(History history) {
        try {
            Seen seen = history.run(rates);
            note(history, seen);
            return seen;
        } catch (SimulatedWorld.Violation e) {
            note(history, e);
            return null;
        }
    }

    private synchronized void note(History history, Seen seen) {
        histories++;
        Row row = rows.computeIfAbsent(kinds(history), _ -> new Row());
        row.histories++;
        if (seen.overlap() > row.overlap) {
            row.overlap = seen.overlap();
            row.overlapBy = history.toString();
        }
        if (seen.gap() > row.gap) {
            row.gapBy = history.toString();
        }
        row.excused = Math.max(row.excused, seen.excused());
        row.heard = Math.max(row.heard, seen.heard());
        row.gap = Math.max(row.gap, seen.gap());
        row.gapByLease = Math.max(row.gapByLease, seen.gapByLease());
        row.settling = Math.max(row.settling, seen.settling());
    }

    private synchronized void note(History history, SimulatedWorld.Violation violation) {
        histories++;
        String message = String.valueOf(violation.getMessage());
        String rule = message.substring(message.indexOf("]: ") + 3).lines().findFirst().orElse("")
                .replaceAll("[0-9].*|(?<=majority):.*", "");
        broken.computeIfAbsent(rule.strip() + ": " + kinds(history), _ -> new Broken(history, message)).histories++;
    }

    private static String kinds(History history) {
        List<String> kinds = new ArrayList<>();
        history.faults().forEach(placed -> kinds.add(placed.fault().kind()));
        return String.join(" + ", kinds);
    }

    long histories() {
        return histories;
    }

    boolean holds() {
        return broken.isEmpty();
    }

    /// The rules that are broken, each with the first history that does it.
    String violations() {
        StringBuilder text = new StringBuilder();
        broken.forEach((rule, it) -> text.append(it.histories).append(" histories: ").append(rule).append("\n  first: ")
                .append(it.first).append('\n'));
        broken.values().stream().limit(Integer.getInteger("hacp.model.stories", 3))
                .forEach(it -> text.append(it.story).append('\n'));
        return text.toString();
    }

    /// What was seen of each kind of fault.
    String table() {
        StringBuilder text = new StringBuilder(
                "| fault | histories | two addresses | hearing each other | excused | no address | no address, by Lease | settled |\n");
        rows.forEach((kinds,
                row) -> text.append(String.format(Locale.ROOT, "| %s | %d | %d | %d | %d | %d | %d | %d |%n",
                        kinds, row.histories, row.overlap / MILLI, row.heard / MILLI, row.excused / MILLI,
                        row.gap / MILLI,
                        row.gapByLease / MILLI, row.settling / MILLI)));
        if (Boolean.getBoolean("hacp.model.verbose")) { // which histories these are
            rows.forEach((kinds, row) -> text.append(kinds).append("\n  overlap by ").append(row.overlapBy)
                    .append("\n  gap by ").append(row.gapBy).append('\n'));
        }
        return text.toString();
    }
}
