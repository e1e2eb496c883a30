package dev.hacp.testbed.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/// Who had a VIP from when to when, by the kernels' own events.
///
/// @param changes  in the order of time; the first says who had it when the watch began
/// @param endMicros when the watch ended, on the same clock
record HolderHistory(List<Change> changes, long endMicros) {

    /// From then on, until the next change, these nodes and no others had the address.
    record Change(long atMicros, Set<String> holders) {}

    /// @param first who had it at `from`; older events than that are left out
    static HolderHistory of(Set<String> first, long from, List<AddressEvent> events, long to) {
        List<Change> changes = new ArrayList<>();
        changes.add(new Change(from, Set.copyOf(first)));
        Set<String> holders = new TreeSet<>(first);
        events.stream().filter(event -> event.atMicros() >= from && event.atMicros() <= to)
                .sorted(Comparator.comparingLong(AddressEvent::atMicros)).forEach(event -> {
                    // hacp puts its address again every second or so: that changes nothing.
                    if (event.put() ? holders.add(event.node()) : holders.remove(event.node())) {
                        changes.add(new Change(event.atMicros(), Set.copyOf(holders)));
                    }
                });
        return new HolderHistory(List.copyOf(changes), to);
    }

    /// How often a node got the VIP that was not the last one to have it. Neither its first owner is a move, nor an owner
    /// that gets it again after nobody had it.
    int moves() {
        int moves = 0;
        Set<String> last = Set.of();
        Set<String> before = Set.of();
        for (Change change : changes) {
            for (String node : change.holders()) {
                if (!before.contains(node) && !last.isEmpty() && !last.contains(node)) {
                    moves++;
                }
            }
            before = change.holders();
            last = before.isEmpty() ? last : before;
        }
        return moves;
    }

    /// How long it took from the beginning of the watch until a node had the VIP, in microseconds; empty when none ever had it.
    OptionalLong first() {
        return changes.stream().filter(change -> !change.holders().isEmpty())
                .mapToLong(change -> change.atMicros() - changes.getFirst().atMicros()).findFirst();
    }

    /// The times without a holder, in microseconds; what was before the first one is none of them, unless there never was one.
    List<Long> nobody() {
        List<Change> counted = changes.stream().dropWhile(change -> change.holders().isEmpty()).toList();
        return counted.isEmpty() ? List.of(endMicros - changes.getFirst().atMicros()) : spans(counted, Set::isEmpty);
    }

    /// The times with two holders or more, in microseconds.
    List<Long> two() {
        return spans(changes, holders -> holders.size() > 1);
    }

    private List<Long> spans(List<Change> counted, Predicate<Set<String>> such) {
        List<Long> spans = new ArrayList<>();
        long since = -1;
        for (Change change : counted) {
            if (such.test(change.holders())) {
                since = since < 0 ? change.atMicros() : since;
            } else if (since >= 0) {
                spans.add(change.atMicros() - since);
                since = -1;
            }
        }
        if (since >= 0) {
            spans.add(endMicros - since);
        }
        return spans;
    }
}
