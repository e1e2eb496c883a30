package dev.hacp.testbed.bench;

import dev.hacp.testbed.Shell;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;

/// One run of a benchmark: what stands beside its figures, so that none is ever taken for another run's.
///
/// @param id     start and process id
/// @param commit of the source, with `-dirty` where it was changed; `unknown` without git
record Run(String id, Instant started, String commit, String kernel, int processors) {

    static Run begin() {
        Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        Shell.Result commit = Shell.attempt("git", "describe", "--always", "--dirty", "--abbrev=12");
        return new Run(DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss").withZone(ZoneOffset.UTC).format(now) + "-"
                + ProcessHandle.current().pid(), now, commit.exitCode() == 0 ? commit.output().strip() : "unknown",
                System.getProperty("os.version"), Runtime.getRuntime().availableProcessors());
    }

    /// For JSON.
    Map<String, Object> facts() {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("run", id);
        facts.put("started", started.toString());
        facts.put("commit", commit);
        facts.put("kernel", kernel);
        facts.put("processors", processors);
        return facts;
    }

    @Override
    public String toString() {
        return id + ", commit " + commit + ", kernel " + kernel + ", " + processors + " processors";
    }
}
