package dev.hacp.cli.doctor;

/// What one look came to.
///
/// @param subject what was looked at: `capabilities`
/// @param text    what was found
/// @param why     why it matters; empty when it is well
/// @param remedy  what to do; empty when it is well
public record Finding(Grade grade, String subject, String text, String why, String remedy) {

    /// How it is.
    public enum Grade {
        OK,
        WARNING,
        FAILURE
    }

    static Finding ok(String subject, String text) {
        return new Finding(Grade.OK, subject, text, "", "");
    }

    static Finding warning(String subject, String text, String why, String remedy) {
        return new Finding(Grade.WARNING, subject, text, why, remedy);
    }

    static Finding failure(String subject, String text, String why, String remedy) {
        return new Finding(Grade.FAILURE, subject, text, why, remedy);
    }
}
