package dev.hacp.cli.drill;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What a drill came to.
///
/// @param to      empty: nobody has taken over
/// @param phases  since the beginning of the move, as seen from this machine
/// @param gapMs   how long nobody who began to connect was served; empty when that was not measured
/// @param failed  connections that were begun in vain
/// @param account the new owner's own notes, since its first one
/// @param remarks what limits these figures
public record DrillReport(String vip, String from, Optional<String> to, List<Phase> phases, Optional<Long> gapMs,
        long failed, List<Phase> account, List<String> remarks) {

    /// @param afterMs negative: before that
    public record Phase(long afterMs, String what) {}

    public DrillReport {
        phases = List.copyOf(phases);
        account = List.copyOf(account);
        remarks = List.copyOf(remarks);
    }

    public String text() {
        StringBuilder text = new StringBuilder();
        phases.forEach(phase -> line(text, phase));
        gapMs.ifPresent(gap -> text.append(String.format(Locale.ROOT,
                "gap:  %5d ms between two new connections that were served (one is begun every %d ms); %d failed%n",
                gap,
                ConnectProbe.INTERVAL.toMillis(), failed)));
        if (!account.isEmpty()) {
            text.append(to.orElse("")).append("'s own notes:\n");
            account.forEach(phase -> line(text, phase));
        }
        remarks.forEach(remark -> text.append(remark).append('\n'));
        return text.toString();
    }

    private static void line(StringBuilder text, Phase phase) {
        text.append(String.format(Locale.ROOT, "%+11d ms  %s%n", phase.afterMs(), phase.what()));
    }

    public String json() {
        ObjectNode json = new ObjectMapper().createObjectNode().put("vip", vip).put("from", from)
                .put("to", to.orElse(null));
        phases(json.putArray("phases"), phases);
        json.put("gapMs", gapMs.orElse(null)).put("failed", failed);
        phases(json.putArray("account"), account);
        remarks.forEach(json.putArray("remarks")::add);
        return json.toPrettyString() + "\n";
    }

    private static void phases(ArrayNode into, List<Phase> phases) {
        phases.forEach(phase -> into.addObject().put("ms", phase.afterMs()).put("what", phase.what()));
    }
}
