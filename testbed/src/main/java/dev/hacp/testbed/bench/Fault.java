package dev.hacp.testbed.bench;

import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import java.util.Locale;

/// What is done to the owner.
enum Fault {
    CUT("node cut off") {
        @Override
        void apply(Contender contender, Lan lan, Host owner) {
            lan.cutOff(owner);
        }

        @Override
        void heal(Contender contender, Lan lan, Host owner) {
            lan.heal(owner);
        }
    },
    CARRIER("node cut off, carrier stays") {
        @Override
        void apply(Contender contender, Lan lan, Host owner) {
            lan.blackHole(owner);
        }

        @Override
        void heal(Contender contender, Lan lan, Host owner) {
            lan.heal(owner);
        }
    },
    KILL("agent SIGKILL") {
        @Override
        void apply(Contender contender, Lan lan, Host owner) {
            contender.kill(owner);
        }
    },
    STOP("agent SIGSTOP") {
        @Override
        void apply(Contender contender, Lan lan, Host owner) {
            contender.pause(owner);
        }

        @Override
        void heal(Contender contender, Lan lan, Host owner) {
            contender.resume(owner);
        }
    },
    TERM("handover, SIGTERM") {
        @Override
        void apply(Contender contender, Lan lan, Host owner) {
            contender.terminate(owner);
        }
    },
    /// The cable again, but what counts is when a client that only listens knows of it.
    WATCH("idle kubectl get -w deaf") {
        @Override
        void apply(Contender contender, Lan lan, Host owner) {
            lan.cutOff(owner);
        }

        @Override
        void heal(Contender contender, Lan lan, Host owner) {
            lan.heal(owner);
        }
    };

    private final String text;

    Fault(String text) {
        this.text = text;
    }

    /// As `--faults` names it.
    String option() {
        return name().toLowerCase(Locale.ROOT);
    }

    abstract void apply(Contender contender, Lan lan, Host owner);

    /// Whether nothing on the node can remove the VIP now.
    boolean endsTheAgent() {
        return this == KILL || this == STOP;
    }

    /// What died is started again by [Contender#settle].
    void heal(Contender contender, Lan lan, Host owner) {}

    @Override
    public String toString() {
        return text;
    }
}
