package dev.hacp.leader.kube;

import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The node's credentials in the order they are tried. Files may appear, change and vanish while the agent runs: each
/// question first looks at their time and size. A file that can no longer be parsed (half written, edited by mistake)
/// is told, and what it said before is used on; one that is gone is gone. The one that worked last comes first; after a refusal (401, 403) the
/// next is tried, round and round. Thread-safe.
public final class Credentials {

    private static final Logger log = LoggerFactory.getLogger(Credentials.class);

    private static final class Slot {
        final CredentialSource source;
        CredentialFiles files = new CredentialFiles();
        @Nullable
        Credential credential;
        String problem = "";

        Slot(CredentialSource source) {
            this.source = source;
        }
    }

    private final List<Slot> slots = new ArrayList<>();
    private final CredentialReader reader;
    private final InstantSource clock;
    private boolean read;
    private int preferred;

    public Credentials(List<CredentialSource> sources) {
        this(sources, InstantSource.system());
    }

    /// @param clock the wall clock, for the expiry of certificates only
    Credentials(List<CredentialSource> sources, InstantSource clock) {
        for (CredentialSource source : sources) {
            slots.add(new Slot(source));
        }
        this.clock = clock;
        this.reader = new CredentialReader(new KubernetesSerialization(), clock);
    }

    /// Those that can be used now, the preferred one first; empty when there is none (see [#problems]).
    public synchronized List<Credential> usable() {
        refresh();
        List<Credential> usable = new ArrayList<>();
        for (int i = 0; i < slots.size(); i++) {
            Slot slot = slots.get((preferred + i) % slots.size());
            if (slot.credential != null && expiry(slot.credential).isEmpty()) {
                usable.add(slot.credential);
            }
        }
        return usable;
    }

    /// The one to use now, for instance for health checks.
    public Optional<Credential> current() {
        return usable().stream().findFirst();
    }

    /// One sentence for each source that cannot be used now and why.
    public synchronized List<String> problems() {
        refresh();
        List<String> problems = new ArrayList<>();
        for (Slot slot : slots) {
            Optional<String> expired = Optional.ofNullable(slot.credential).flatMap(this::expiry);
            if (slot.credential == null) {
                problems.add(slot.problem);
            } else if (!slot.problem.isEmpty()) {
                problems.add(slot.problem + "; what it said before is still used");
            } else {
                expired.ifPresent(problems::add);
            }
        }
        return problems;
    }

    /// The API server took this one: it is tried first from now on.
    synchronized void accepted(Credential credential) {
        for (int i = 0; i < slots.size(); i++) {
            if (slots.get(i).credential == credential) {
                preferred = i;
            }
        }
    }

    private void refresh() {
        for (Slot slot : slots) {
            if (read && !slot.files.changed()) {
                continue;
            }
            CredentialFiles files = new CredentialFiles();
            try {
                slot.credential = reader.read(slot.source, files);
                slot.problem = "";
            } catch (CredentialException e) {
                slot.problem = String.valueOf(e.getMessage());
                if (!e.isOfContent()) {
                    slot.credential = null;
                } else if (slot.credential != null) {
                    log.atWarn().addKeyValue("reason", slot.problem)
                            .log("a credential can no longer be parsed; what it said before is still used");
                }
            }
            slot.files = files;
        }
        read = true;
    }

    private Optional<String> expiry(Credential credential) {
        Instant now = clock.instant();
        return credential.notAfter().filter(end -> end.isBefore(now)).map(end -> credential.source()
                + ": its client certificate expired at " + end + " (expected: a valid one; 'kubeadm certs renew all')");
    }
}
